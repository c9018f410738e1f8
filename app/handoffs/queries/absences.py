"""What the two said about a meeting that did not happen, and what waits for an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.handoffs.models import Handoff, HandoffAbsence
from app.handoffs.permissions import SEE
from app.handoffs.rules.absences import Finding, Said, Statement, answer_until, finding, leaves_to_others, other_side
from app.handoffs.rules.promises import FADES_AFTER
from app.handoffs.rules.states import HandoffState, Side, side_of
from app.infra.transaction import session
from app.kernel.access import Identity, authorise
from app.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class AbsenceView:
    """
    A meeting that did not happen, as one of its two people sees it.

    ``mine`` and ``other`` are what each said, None for nothing. ``until`` is when the days for an answer end, None when
    nobody said anything.
    """

    mine: Statement | None
    other: Statement | None
    finding: Finding
    until: datetime | None
    may_answer: bool


def statements_of(handoff_id: int) -> tuple[Statement, ...]:
    """What was said about the meeting, the first first."""
    rows = select(HandoffAbsence).where(HandoffAbsence.handoff_id == handoff_id)
    found = session().scalars(rows.order_by(HandoffAbsence.said_at, HandoffAbsence.side))
    return tuple(statement(row) for row in found)


def statements_by(public_ids: Sequence[str]) -> Mapping[str, tuple[Statement, ...]]:
    """The same of many handoffs in one statement, in whatever order; where nothing was said, nothing."""
    wanted = select(Handoff.public_id, HandoffAbsence).join(HandoffAbsence, HandoffAbsence.handoff_id == Handoff.id)
    found: dict[str, tuple[Statement, ...]] = {}
    for public_id, row in session().execute(wanted.where(Handoff.public_id.in_(public_ids))):
        found[public_id] = (*found.get(public_id, ()), statement(row))
    return found


def statement(row: HandoffAbsence) -> Statement:
    """One side's words as the rules read them."""
    return Statement(Side(row.side), Said(row.said), row.said_at, row.came_up)


def absence_of(actor: Identity, public_id: str, *, now: datetime) -> AbsenceView | None:
    """What was said about this meeting; None when it did not end that way. :class:`NotFound` for anyone but the two."""
    row = session().scalars(select(Handoff).where(Handoff.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound
    authorise(actor, SEE, row)
    if row.state != HandoffState.MISSED:
        return None
    side, said = side_of(row, actor.person_id), statements_of(row.id)
    by_side = {each.side: each for each in said}
    found = finding(said, now=now)
    return AbsenceView(
        mine=by_side.get(side),
        other=by_side.get(other_side(side)),
        finding=found,
        until=answer_until(said[0]) if said else None,
        may_answer=found.waits_for is side,
    )


def family_gives_way(handoff_id: int, *, actor_id: int | None) -> bool:
    """
    Whether an agreed meeting ended on the family's side, so that the next family may be asked by itself.

    It called it off, it did not come, or nobody said a word. What the donor called off is hers to give on as she likes.
    """
    row = session().get_one(Handoff, handoff_id)
    if row.state == HandoffState.CANCELLED:
        return actor_id == row.family_id
    return row.state == HandoffState.MISSED and leaves_to_others(statements_of(handoff_id))


def disputes_of(person_id: int, *, now: datetime) -> int:
    """
    In how many meetings of the last half year this person and the other said contrary things.

    It says nothing of who was right, and is told to moderators only when it repeats.
    """
    of_person = (Handoff.donor_id == person_id) | (Handoff.family_id == person_id)
    there = HandoffAbsence.said == Said.WAS_THERE.value
    contrary = (
        select(Handoff.id)
        .join(HandoffAbsence, HandoffAbsence.handoff_id == Handoff.id)
        .where(of_person, Handoff.window_end > now - FADES_AFTER)
        .group_by(Handoff.id)
        .having(func.count() == 2)  # noqa: PLR2004 - both sides spoke.
    )
    ids = session().scalars(contrary.where(there | (HandoffAbsence.said == Said.NEITHER.value))).all()
    return sum(finding(statements_of(each), now=now).contested for each in ids)
