"""Background jobs of messaging: a notice to somebody who was not there when a message came."""

from datetime import datetime

from app.infra.jobs import JobRegistry
from app.messaging import services


def _remind(*, conversation: int, person: int, read: int, now: datetime) -> None:
    services.remind(conversation, person, read, now=now)


def register(registry: JobRegistry) -> None:
    """Register the look that follows a message."""
    registry.register(services.REMIND, _remind)
