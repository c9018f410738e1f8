"""Background jobs of handoffs: a meeting comes near, windows pass, nobody answers, nobody confirms."""

from datetime import datetime, timedelta
from typing import Final

from app.handoffs import services
from app.infra.jobs import JobRegistry

UPKEEP: Final = "handoffs.upkeep"


def register(registry: JobRegistry) -> None:
    """Call meetings to mind, and look once an hour at the handoffs whose window is over."""
    registry.register(services.REMIND, remind)
    registry.register(services.ASK, ask_how_it_went)
    registry.every(timedelta(hours=1), UPKEEP, upkeep)


def remind(*, handoff: str, kind: str, now: datetime) -> None:
    """Call one meeting to mind for both."""
    services.remind(handoff, kind, now=now)


def ask_how_it_went(*, handoff: str, now: datetime) -> None:
    """Ask one family how it went."""
    services.ask_how_it_went(handoff, now=now)


def upkeep(*, now: datetime) -> None:
    """End unanswered proposals, settle, ask about and forget what is old enough; repeatable."""
    services.lapse_unanswered(now=now)
    services.settle_overdue(now=now)
    services.ask_unconfirmed(now=now)
    services.forget_answers(now=now)
