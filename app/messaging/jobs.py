"""Background jobs of messaging: a notice to somebody who was not there, the end of addresses and of old words."""

from datetime import datetime, timedelta

from app.infra.jobs import JobRegistry
from app.messaging import services


def _remind(*, conversation: int, person: int, read: int, now: datetime) -> None:
    services.remind(conversation, person, read, now=now)


def _end_address(*, card: int, now: datetime) -> None:
    services.end_address(card, now=now)


def _forget(*, now: datetime) -> None:
    services.forget_versions(now=now)


def register(registry: JobRegistry) -> None:
    """Register the look that follows a message, the end of an address, and the hourly sweep of earlier versions."""
    registry.register(services.REMIND, _remind)
    registry.register(services.END_ADDRESS, _end_address)
    registry.every(timedelta(hours=1), "messaging.forget_versions", _forget)
