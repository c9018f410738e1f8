"""Background jobs of matching."""

from datetime import datetime, timedelta
from typing import Final

from app.infra.jobs import JobRegistry
from app.matching import services

LAPSE: Final = "matching.lapse"
_EVERY: Final = timedelta(hours=1)


def _lapse(*, now: datetime) -> None:
    services.lapse_silent(now=now)


def register(registry: JobRegistry) -> None:
    """Register the lapse of unanswered interests and the notices that look for a next best."""
    registry.every(_EVERY, LAPSE, _lapse)
    registry.register(services.TELL_NEXT_BEST, services.tell_next_best)
