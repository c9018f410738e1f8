"""Background jobs of matching."""

from datetime import datetime, timedelta
from typing import Final

from app.infra.jobs import JobRegistry
from app.matching import services
from app.matching.configuration import matching_rules

LAPSE: Final = "matching.lapse"
FULL_ROUND: Final = "matching.round"
_EVERY: Final = timedelta(hours=1)


def _lapse(*, now: datetime) -> None:
    services.lapse_silent(now=now)
    services.pause_unanswered(now=now)
    services.rest_quiet_talks(now=now)


def _round(*, prepared: services.Plan, now: datetime) -> None:
    services.carry_out(prepared, now=now)


def _plan_turn(*, offer_id: int, cause: str, now: datetime) -> None:
    services.plan_turn(offer_id, cause, now=now)


def register(registry: JobRegistry) -> None:
    """Register the rounds, great and small, the lapse of what is unanswered, and the notices that follow."""
    registry.every(_EVERY, LAPSE, _lapse)
    registry.every(matching_rules().rounds.every, FULL_ROUND, _round, prepare=services.plan_round)
    registry.every(services.COLLECT, services.MICRO_ROUND, services.run_touched)
    registry.register(services.TELL_NEW, services.tell_new)
    registry.register(services.TELL_NEXT_BEST, services.tell_next_best)
    registry.register(services.TELL_NEED_OVER, services.tell_need_over)
    registry.register(services.PLAN_TURN, _plan_turn)
    registry.register(services.ASK_TURN, services.ask_turn)
    registry.register(services.END_TURN, services.end_turn)
