"""Let a meeting not count: the person asks, the other lets it go, or a moderator decides."""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.handoffs import queries
from app.handoffs.models import Handoff, HandoffExcuse
from app.handoffs.permissions import DECIDE_EXCUSE
from app.handoffs.rules.absences import other_side
from app.handoffs.rules.promises import ExcuseReason, Outcome
from app.handoffs.rules.states import Side, side_of
from app.handoffs.services.changes import load, load_for, tell, tell_other
from app.infra.transaction import transaction
from app.kernel.access import Identity, authorise
from app.kernel.errors import Conflict
from app.kernel.words import N_

_NOTHING: Final = N_("There is nothing here that counts, so nothing to let go.")
_ANSWERED: Final = N_("This was answered in the meantime.")


def ask_excuse(actor: Identity, handoff_public_id: str, *, now: datetime) -> None:
    """
    Ask the other to let a late or missed meeting of one's own go; once a meeting, and twice asked is once.

    Raises :class:`Conflict` where nothing counts against the actor.
    """
    with transaction() as session:
        row = load_for(session, actor, handoff_public_id)
        side = side_of(row, actor.person_id)
        if _wish(session, row, side) is not None:
            return
        _require_entry(row, side, now=now)
        session.add(HandoffExcuse(handoff_id=row.id, side=side.value, state="asked", asked_at=now))
        session.flush()
        tell_other(row, actor, "excuse_asked", now=now)


def answer_excuse(actor: Identity, handoff_public_id: str, *, excused: bool, now: datetime) -> None:
    """
    Let the other's late or missed meeting go, asked or not; or say that it stays, when asked.

    A no may become a yes later, and a yes stays. Raises :class:`Conflict` where nothing counts against the other, or
    nobody asked.
    """
    with transaction() as session:
        row = load_for(session, actor, handoff_public_id)
        side = other_side(side_of(row, actor.person_id))
        wish = _wish(session, row, side)
        if wish is not None and (wish.state == "given" or wish.state == _state(excused=excused)):
            return
        if wish is None:
            wish = _unasked(session, row, side, excused=excused, now=now)
        if wish.moderator_id is not None or (wish.state == "review" and not excused):
            raise Conflict(_ANSWERED, code="answered")
        wish.state, wish.answered_at = _state(excused=excused), now
        session.flush()
        if excused:
            tell_other(row, actor, "excuse_given", now=now)


def _unasked(session: Session, row: Handoff, side: Side, *, excused: bool, now: datetime) -> HandoffExcuse:
    _require_entry(row, side, now=now)
    if not excused:
        raise Conflict(_NOTHING, code="not_asked")
    wish = HandoffExcuse(handoff_id=row.id, side=side.value, state="asked", asked_at=now)
    session.add(wish)
    return wish


def ask_moderator(actor: Identity, handoff_public_id: str, *, now: datetime) -> None:
    """
    Ask a moderator to look at an entry, after the other was asked; twice is once.

    Raises :class:`Conflict` when the other was not asked, or a moderator has decided.
    """
    with transaction() as session:
        row = load_for(session, actor, handoff_public_id)
        wish = _wish(session, row, side_of(row, actor.person_id))
        if wish is not None and wish.state == "review":
            return
        if wish is None or wish.state == "given" or wish.moderator_id is not None:
            raise Conflict(_ANSWERED, code="answered")
        wish.state, wish.asked_at = "review", now
        session.flush()


def decide_excuse(
    actor: Identity, handoff_public_id: str, side: Side, *, excused: bool, reason: ExcuseReason, now: datetime
) -> None:
    """
    Decide, as a moderator who is neither of the two, whether an entry counts; the same decision twice is once.

    Raises :class:`Conflict` when nobody asked, or it was decided otherwise.
    """
    with transaction() as session:
        row = load(session, handoff_public_id)
        authorise(actor, DECIDE_EXCUSE, row)
        wish = _wish(session, row, side)
        if wish is not None and wish.moderator_id is not None and wish.state == _state(excused=excused):
            return
        if wish is None or wish.state != "review":
            raise Conflict(_ANSWERED, code="answered")
        wish.state, wish.answered_at = _state(excused=excused), now
        wish.moderator_id, wish.reason = actor.person_id, reason.value
        session.flush()
        tell(row, row.donor_id if side is Side.DONOR else row.family_id, "excuse_decided", now=now)


def _state(*, excused: bool) -> str:
    return "given" if excused else "refused"


def _wish(session: Session, row: Handoff, side: Side) -> HandoffExcuse | None:
    return session.get(HandoffExcuse, (row.id, side.value), populate_existing=True)


def _require_entry(row: Handoff, side: Side, *, now: datetime) -> None:
    entry = queries.own_entry(row, side, now=now)
    if entry is None or entry.outcome is Outcome.COMPLETED:
        raise Conflict(_NOTHING, code="nothing_counts")
