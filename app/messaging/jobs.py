"""Background jobs of messaging: a notice to somebody who was not there, the end of addresses and of old words."""

from datetime import datetime, timedelta

from app.infra.jobs import JobRegistry
from app.messaging import services


def _remind(*, conversation: int, person: int, now: datetime) -> None:
    services.remind(conversation, person, now=now)


def _end_address(*, card: int, now: datetime) -> None:
    services.end_address(card, now=now)


def _forget(*, now: datetime) -> None:
    services.forget_versions(now=now)
    services.forget_pictures(now=now)


def _forget_held(*, now: datetime) -> None:
    services.forget_held(now=now)


def _drop_file(*, name: str, now: datetime) -> None:  # noqa: ARG001 - every job is told the moment.
    services.drop_file(name)


def _sweep_files(*, now: datetime) -> None:
    services.sweep_files(now=now)


def register(registry: JobRegistry) -> None:
    """Register the look that follows a message, the end of an address or a picture, and the sweeps."""
    registry.register(services.REMIND, _remind)
    registry.register(services.END_ADDRESS, _end_address)
    registry.every(timedelta(hours=1), "messaging.forget_versions", _forget)
    registry.every(timedelta(hours=1), "messaging.forget_held", _forget_held)
    registry.register(services.DROP_FILE, _drop_file)
    registry.every(timedelta(hours=6), "messaging.sweep_files", _sweep_files)
