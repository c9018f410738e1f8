"""
What people's ended meetings count for: the counts others see, and a person's own entries with their reasons.

Nothing of it is stored: it is read from the handoffs and their changes each time.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import case, or_, select

from app.accounts.models import User
from app.accounts.queries import PersonView, blocked_ids, people
from app.handoffs.models import Handoff, HandoffAbsence, HandoffChange, HandoffExcuse
from app.handoffs.permissions import REVIEW_EXCUSES, SEE
from app.handoffs.queries.absences import statement, statements_of
from app.handoffs.queries.views import entries_of
from app.handoffs.rules.absences import Said, Statement, finding, other_side
from app.handoffs.rules.promises import (
    FADES_AFTER,
    Entry,
    Excuse,
    Facts,
    Kept,
    Outcome,
    entry_of,
    has_faded,
    tally,
    with_excuses,
)
from app.handoffs.rules.states import HELD, HandoffState, MetBy, Side, other_of, side_of
from app.infra.transaction import session
from app.kernel.access import Identity, authorise
from app.kernel.errors import NotFound

_ENDED: Final = (HandoffState.CONFIRMED.value, HandoffState.CANCELLED.value, HandoffState.MISSED.value)


@dataclass(frozen=True, slots=True)
class OwnEntry:
    """One of a person's own entries: with whom, why it counts or does not, and what became of a wish to excuse it."""

    entry: Entry
    other_name: str
    asked: str | None
    can_ask: bool
    can_ask_moderator: bool

    @property
    def counts(self) -> bool:
        """Whether it is among the counts others see."""
        return self.entry.excuse is None


@dataclass(frozen=True, slots=True)
class ExcuseView:
    """
    What an ended meeting counts for, as one of its two sees it.

    ``mine`` is the reader's own late or missed meeting, None for none. ``other_counts`` is what it is for the other and
    can be let go, ``other_asked`` that the other wishes it.
    """

    mine: OwnEntry | None
    other_counts: Outcome | None
    other_asked: bool


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """A wish that waits for a moderator: whose, in which meeting, what it counts as, and what each said."""

    public_id: str
    side: Side
    name: str
    other_name: str
    window_end: datetime
    asked_at: datetime
    outcome: Outcome | None
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class OwnPromises:
    """A person's own counts and the entries behind them, the newest first; faded ones are gone."""

    kept: Kept
    entries: tuple[OwnEntry, ...]


def kept_of(person_ids: Collection[int], *, now: datetime) -> Mapping[int, Kept]:
    """The counts of each of these people, whoever may see them."""
    entries = _entries(person_ids, now=now)
    return {person_id: tally(entries[person_id], now=now) for person_id in person_ids}


def kept_for(actor: Identity, person_id: int, *, now: datetime) -> Kept | None:
    """
    The counts of another as ``actor`` may see them: None with fewer than
    :data:`~app.handoffs.rules.promises.SHOWN_FROM` meetings, and between people who blocked each other.
    """
    if person_id in blocked_ids(actor.person_id):
        return None
    kept = kept_of([person_id], now=now)[person_id]
    return kept if kept.is_shown else None


def own_promises(actor: Identity, *, now: datetime) -> OwnPromises:
    """The actor's own counts from the first meeting on, with each entry."""
    rows = _rows([actor.person_id], now=now)
    facts = _facts(rows, now=now)
    wishes = _wishes(rows)
    names = people(other_of(row, actor.person_id) for row in rows)
    sides = {row.public_id: (side_of(row, actor.person_id), row) for row in rows}
    entries = [entry for key, (side, _row) in sides.items() if (entry := entry_of(facts[key], side)) is not None]
    shown = [entry for entry in with_excuses(entries) if not has_faded(entry.at, now=now)]
    own = [
        _own(entry, names[other_of(row, actor.person_id)].display_name, wishes.get((row.id, side)))
        for entry in reversed(shown)
        for side, row in [sides[entry.key]]
    ]
    return OwnPromises(tally(entries, now=now), tuple(own))


def excuse_of(actor: Identity, public_id: str, *, now: datetime) -> ExcuseView:
    """Whose late or missed meeting this was and whether it can be let go; :class:`NotFound` for anyone but the two."""
    row = session().scalars(select(Handoff).where(Handoff.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound
    authorise(actor, SEE, row)
    if row.state not in {HandoffState.CANCELLED, HandoffState.MISSED}:
        return ExcuseView(None, None, other_asked=False)
    side, wishes = side_of(row, actor.person_id), _wishes([row])
    mine, other = own_entry(row, side, now=now), own_entry(row, other_side(side), now=now)
    wish = wishes.get((row.id, other_side(side)))
    open_still = other is not None and other.excuse is None and (wish is None or wish.moderator_id is None)
    return ExcuseView(
        mine=None if mine is None else _own(mine, "", wishes.get((row.id, side))),
        other_counts=other.outcome if other is not None and open_still else None,
        other_asked=open_still and wish is not None and wish.state == "asked",
    )


def excuses_to_review(actor: Identity, *, now: datetime, limit: int = 100) -> tuple[ReviewLine, ...]:
    """The wishes that wait for a moderator, the oldest first; those about the moderator's own meetings are left out."""
    authorise(actor, REVIEW_EXCUSES)
    waiting = (
        select(HandoffExcuse, Handoff)
        .join(Handoff, Handoff.id == HandoffExcuse.handoff_id)
        .where(
            HandoffExcuse.state == "review", Handoff.donor_id != actor.person_id, Handoff.family_id != actor.person_id
        )
        .order_by(HandoffExcuse.asked_at, HandoffExcuse.handoff_id)
        .limit(limit)
    )
    found = [(wish, row) for wish, row in session().execute(waiting)]
    names = people(person_id for _wish, row in found for person_id in (row.donor_id, row.family_id))
    return tuple(_review_line(wish, row, names, now=now) for wish, row in found)


def _review_line(wish: HandoffExcuse, row: Handoff, names: Mapping[int, PersonView], *, now: datetime) -> ReviewLine:
    side = Side(wish.side)
    own, other = (row.donor_id, row.family_id) if side is Side.DONOR else (row.family_id, row.donor_id)
    entry = own_entry(row, side, now=now)
    return ReviewLine(
        public_id=row.public_id,
        side=side,
        name=names[own].display_name,
        other_name=names[other].display_name,
        window_end=row.window_end,
        asked_at=wish.asked_at,
        outcome=None if entry is None else entry.outcome,
        statements=statements_of(row.id),
    )


def own_entry(row: Handoff, side: Side, *, now: datetime) -> Entry | None:
    """What one handoff counts for one of its two people, excuses by their own word included."""
    person_id = row.donor_id if side is Side.DONOR else row.family_id
    entries = with_excuses(_entries([person_id], now=now)[person_id])
    return next((entry for entry in entries if entry.key == row.public_id), None)


def _own(entry: Entry, other_name: str, wish: HandoffExcuse | None) -> OwnEntry:
    excusable = entry.outcome is not Outcome.COMPLETED and entry.excuse is None
    state = None if wish is None else wish.state
    return OwnEntry(
        entry=entry,
        other_name=other_name,
        asked=state,
        can_ask=excusable and state is None,
        can_ask_moderator=excusable and wish is not None and state in {"asked", "refused"} and not wish.moderator_id,
    )


def _entries(person_ids: Collection[int], *, now: datetime) -> dict[int, list[Entry]]:
    wanted = set(person_ids)
    rows = _rows(wanted, now=now)
    facts = _facts(rows, now=now)
    found: defaultdict[int, list[Entry]] = defaultdict(list)
    for row in rows:
        for person_id in {row.donor_id, row.family_id} & wanted:
            entry = entry_of(facts[row.public_id], side_of(row, person_id))
            if entry is not None:
                found[person_id].append(entry)
    return found


def _rows(person_ids: Collection[int], *, now: datetime) -> list[Handoff]:
    """Ended meetings of two half years: what somebody's own word excuses hangs on the half year before."""
    mine = or_(Handoff.donor_id.in_(person_ids), Handoff.family_id.in_(person_ids))
    wanted = select(Handoff).where(mine, Handoff.state.in_(_ENDED), Handoff.window_end > now - 2 * FADES_AFTER)
    return list(session().scalars(wanted.order_by(Handoff.id)))


def _facts(rows: Iterable[Handoff], *, now: datetime) -> dict[str, Facts]:
    rows = list(rows)
    ids = [row.id for row in rows]
    changes, said, excused = _changes(ids), _said(ids), _excused(ids)
    return {row.public_id: _facts_of(row, changes[row.id], said[row.id], excused[row.id], now=now) for row in rows}


def _facts_of(
    row: Handoff,
    changes: list[HandoffChange],
    said: list[Statement],
    excused: list[tuple[Side, Excuse]],
    *,
    now: datetime,
) -> Facts:
    ended = next(change for change in reversed(changes) if change.new_state == row.state)
    met = next((change for change in changes if change.new_state == HandoffState.MET), None)
    actor = ended.actor_id
    return Facts(
        key=row.public_id,
        state=HandoffState(row.state),
        window_start=row.window_start,
        window_end=row.window_end,
        agreed=any(change.new_state in HELD for change in changes),
        both_entered=entries_of(row).are_both_there,
        ended_at=ended.changed_at,
        ended_by=None if actor is None else side_of(row, actor),
        reason=ended.reason,
        met_by=None if met is None or met.reason is None else MetBy(met.reason),
        met_at=None if met is None else met.changed_at,
        finding=finding(tuple(said), now=now),
        came_up=frozenset(each.side for each in said if each.came_up),
        excused=tuple(excused),
    )


def _changes(ids: Collection[int]) -> Mapping[int, list[HandoffChange]]:
    rows = select(HandoffChange).where(HandoffChange.handoff_id.in_(ids)).order_by(HandoffChange.id)
    return _by_handoff(session().scalars(rows) if ids else ())


def _said(ids: Collection[int]) -> Mapping[int, list[Statement]]:
    """What was said; "I was there" of somebody whose account is shut accuses nobody any more."""
    author = case((HandoffAbsence.side == Side.DONOR.value, Handoff.donor_id), else_=Handoff.family_id)
    rows = (
        select(HandoffAbsence)
        .join(Handoff, Handoff.id == HandoffAbsence.handoff_id)
        .join(User, User.id == author)
        .where(HandoffAbsence.handoff_id.in_(ids), or_(User.active, HandoffAbsence.said != Said.WAS_THERE.value))
    )
    found = _by_handoff(session().scalars(rows) if ids else ())
    return defaultdict(list, {key: [statement(row) for row in each] for key, each in found.items()})


def _excused(ids: Collection[int]) -> Mapping[int, list[tuple[Side, Excuse]]]:
    rows = select(HandoffExcuse).where(HandoffExcuse.handoff_id.in_(ids), HandoffExcuse.state == "given")
    found: defaultdict[int, list[tuple[Side, Excuse]]] = defaultdict(list)
    for row in session().scalars(rows) if ids else ():
        found[row.handoff_id].append((Side(row.side), Excuse.MODERATOR if row.moderator_id else Excuse.OTHER))
    return found


def _wishes(rows: Iterable[Handoff]) -> dict[tuple[int, Side], HandoffExcuse]:
    ids = [row.id for row in rows]
    wanted = select(HandoffExcuse).where(HandoffExcuse.handoff_id.in_(ids))
    return {(row.handoff_id, Side(row.side)): row for row in (session().scalars(wanted) if ids else ())}


def _by_handoff(rows: Iterable[Any]) -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.handoff_id].append(row)
    return found
