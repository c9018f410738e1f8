"""A meeting that did not happen: either says so, the other answers, and nobody is blamed."""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.handoffs.events import HandoffUpdated
from app.handoffs.models import Handoff, HandoffAbsence
from app.handoffs.queries import entries_of, statements_of, unanswered_in
from app.handoffs.rules.absences import Said, answer_until
from app.handoffs.rules.amounts import may_report_missed
from app.handoffs.rules.states import UNMET, HandoffState, side_of
from app.handoffs.services.changes import end, happened, load_for, news_of_end, tell_other
from app.infra import event_bus
from app.infra.transaction import transaction
from app.kernel.access import Identity
from app.kernel.errors import Conflict
from app.kernel.words import N_
from app.matching.services import let_pass

_TOO_EARLY: Final = N_("This can be said once the time is over and nobody entered an amount.")
_TOO_LATE: Final = N_("The days for an answer are over. You can still ask for it not to count.")


def report_missed(
    actor: Identity, handoff_public_id: str, *, said: Said = Said.NEITHER, came_up: bool = False, now: datetime
) -> None:
    """
    Say that the meeting did not happen, and how it was for oneself; its milk is free again, and the other is asked.

    Possible once the window is over and as long as nobody entered an amount; :class:`Conflict` otherwise. When the
    other has said it already, this is the answer. The same said twice is once.
    """
    with transaction() as session:
        row = load_for(session, actor, handoff_public_id)
        if row.state == HandoffState.MISSED:
            _answer(session, row, actor, said, came_up=came_up, now=now)
            return
        if row.state not in UNMET or not may_report_missed(row.window_end, entries_of(row), now=now):
            raise Conflict(_TOO_EARLY, code="too_early")
        _note(session, row, actor, said, came_up=came_up, now=now)
        end(
            session, row, HandoffState.MISSED, actor_id=actor.person_id, reason=None, now=now,
            tells=lambda: tell_other(row, actor, "handoff_missed_said", now=now, mail=True),
        )  # fmt: skip


def answer_missed(actor: Identity, handoff_public_id: str, *, said: Said, came_up: bool = False, now: datetime) -> None:
    """
    Answer what the other said about a meeting that did not happen.

    Raises :class:`Conflict` when the meeting is not over in that way, or the days for an answer are.
    """
    with transaction() as session:
        row = load_for(session, actor, handoff_public_id)
        if row.state != HandoffState.MISSED:
            raise Conflict(_TOO_EARLY, code="too_early")
        _answer(session, row, actor, said, came_up=came_up, now=now)


def _answer(session: Session, row: Handoff, actor: Identity, said: Said, *, came_up: bool, now: datetime) -> None:
    given = statements_of(row.id)
    side = side_of(row, actor.person_id)
    if any(each.side is side for each in given):
        return
    if not given or now >= answer_until(given[0]):
        raise Conflict(_TOO_LATE, code="too_late")
    _note(session, row, actor, said, came_up=came_up, now=now)
    event_bus.record(happened(HandoffUpdated, row, actor_id=actor.person_id, now=now))
    tell_other(row, actor, "handoff_missed_answered", now=now)


def _note(session: Session, row: Handoff, actor: Identity, said: Said, *, came_up: bool, now: datetime) -> None:
    came_up = came_up and said is Said.NOT_THERE
    side = side_of(row, actor.person_id)
    session.add(HandoffAbsence(handoff_id=row.id, side=side.value, said=said.value, came_up=came_up, said_at=now))
    session.flush()


def leave_unanswered(row: Handoff, *, now: datetime) -> None:
    """A family did not answer the donor's last proposal in its time: its place at the offer is free for the next."""
    if row.proposed_by_id == row.donor_id and not unanswered_in(row.conversation_id):
        news = news_of_end(row.public_id, now=now)
        let_pass(row.public_id, offer_id=row.offer_id, request_id=row.request_id, news=news, now=now)
