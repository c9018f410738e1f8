"""A donor's own use-cases: a new lot, where it is kept, and what became of its bags."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.queries import person
from app.infra import event_bus
from app.infra.transaction import attempt, transaction, violated
from app.kernel.access import Identity, authorise
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.ids import new_public_id
from app.kernel.quantities import Millilitres
from app.kernel.words import N_
from app.milk.events import LotMoved
from app.milk.models import CustodyLot, Lot, LotBags, Statement
from app.milk.permissions import KEEP, LIST
from app.milk.rules.clock import days_left, deadline
from app.milk.rules.drafts import Bags, LotDraft, check
from app.milk.rules.keeping import FROZEN, MOVES, WHY_NOT, Heat, Kept, NotGiven
from app.milk.rules.ledger import Entry, NotEnoughMilk
from app.milk.services import custody, holding

_ONCE: Final = ("uq_lots_donor_submit", "lots.donor_id, lots.submit_token")

Taken = Mapping[int, int]
"""How many bags, by their size in millilitres."""


def today_of(person_id: int, now: datetime) -> date:
    """Somebody's own calendar day at ``now``."""
    return now.astimezone(ZoneInfo(person(person_id).timezone)).date()


def make_lot(
    actor: Identity, draft: LotDraft, *, submit_token: str | None = None, on: date | None = None, now: datetime
) -> str:  # fmt: skip
    """
    Keep a new lot and return its public id.

    The same ``submit_token`` again is the same lot. ``on`` is the day on which it must be of use, when that is not
    today (it was given some days ago). Raises :class:`Invalid` with the reasons by field.
    """
    authorise(actor, LIST)
    token = submit_token or new_public_id()
    with transaction() as session:
        holding.alone(session, actor.person_id)
        if earlier := _earlier(session, actor, token):
            return earlier
        if reasons := check(draft, today=on or today_of(actor.person_id, now)):
            raise Invalid(reasons)
        try:
            with attempt(session):
                made = _made(session, actor.person_id, draft, token, now=now)
        except IntegrityError as error:
            if not any(violated(error, name) for name in _ONCE):
                raise
            return str(_earlier(session, actor, token))
        holding.consider_new(session, made)
        return made.public_id


def _earlier(session: Session, actor: Identity, token: str) -> str | None:
    return session.scalar(select(Lot.public_id).where(Lot.donor_id == actor.person_id, Lot.submit_token == token))


def _made(session: Session, donor_id: int, draft: LotDraft, token: str, *, now: datetime) -> Lot:
    """Write the rows of a sound draft."""
    statement = _in_force(session, donor_id) if draft.as_stated else None
    record = custody.open_lot(draft, now=now)
    return _own_row(session, record, draft, donor_id=donor_id, token=token, statement_id=statement, now=now)


def _own_row(
    session: Session, record: CustodyLot, draft: LotDraft, *, donor_id: int, token: str, statement_id: int | None,
    now: datetime,
) -> Lot:  # fmt: skip
    row = Lot(
        public_id=new_public_id(), donor_id=donor_id, custody_id=record.id, kept=draft.kept, heat=draft.heat,
        statement_id=statement_id, submit_token=token, created_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    counted: dict[int, int] = {}
    for each in draft.bags:
        counted[each.size_ml] = counted.get(each.size_ml, 0) + each.count
    session.add_all(LotBags(lot_id=row.id, size_ml=size, count=count, gone=0) for size, count in counted.items())
    session.flush()
    return row


def _in_force(session: Session, donor_id: int) -> int | None:
    """The newest version of what the donor states, None when she states nothing."""
    newest = select(Statement.id).where(Statement.donor_id == donor_id).order_by(Statement.version.desc()).limit(1)
    return session.scalar(newest)


def put(actor: Identity, public_id: str, kept: Kept, *, now: datetime) -> None:
    """
    Say that a lot is now kept somewhere else, colder or in another freezer; where it is already changes nothing.

    Raises :class:`Conflict` for a way milk does not go, for thawed milk, and for milk past its use-by day: no freezer
    makes it young again.
    """
    with transaction() as session:
        row, record = _load(session, actor, public_id)
        if row.thawed_on is not None:
            raise Conflict(WHY_NOT[NotGiven.THAWED], code=NotGiven.THAWED)
        if not MOVES.require(Kept(row.kept), kept):
            return
        use_by = deadline(Kept(row.kept), record.pumped_from).use_by
        if days_left(use_by, today=today_of(actor.person_id, now)) < 0:
            raise Conflict(WHY_NOT[NotGiven.PAST], code=NotGiven.PAST)
        row.kept = kept
        _note_left(record, Entry.MOVED, now=now, kept=kept)
        session.flush()
        event_bus.record(LotMoved(at=now, custody_id=record.id))


def discard(actor: Identity, public_id: str, taken: Taken, *, now: datetime) -> None:
    """
    Say that bags were poured away.

    Raises :class:`Invalid` when there are not so many, :class:`NotEnoughMilk` when they are promised to a family.
    """
    with transaction() as session:
        row, record = _load(session, actor, public_id)
        volume = _take(session, row, record, taken)
        custody.end(record.id, Entry.DISCARDED, volume, now=now)


def thaw(actor: Identity, public_id: str, taken: Taken, *, now: datetime) -> str:
    """
    Say that bags have thawed, and return the public id of the lot they are in now.

    Some of a lot's bags become a lot of their own; all of it stays the lot it is. Raises as :func:`discard` does, and
    :class:`Conflict` for milk that was never frozen or has thawed already.
    """
    with transaction() as session:
        holding.alone(session, actor.person_id)
        row, record = _load(session, actor, public_id)
        if row.thawed_on is not None or row.kept not in FROZEN:
            raise Conflict(N_("Only frozen milk can thaw."), code="not_frozen")
        thawed = row if _is_whole(session, row, record, taken) else _split(session, row, record, taken, now=now)
        thawed.thawed_on = today_of(actor.person_id, now)
        _note_left(session.get_one(CustodyLot, thawed.custody_id), Entry.THAWED, now=now)
        return thawed.public_id


def split_off(actor: Identity, public_id: str, taken: Taken, *, now: datetime) -> str:
    """Make a lot of its own of some bags and return its public id; everything else it says is as before."""
    with transaction() as session:
        holding.alone(session, actor.person_id)
        row, record = _load(session, actor, public_id)
        return _split(session, row, record, taken, now=now).public_id


def _note_left(record: CustodyLot, kind: Entry, *, now: datetime, kept: Kept | None = None) -> None:
    """A line about all that is still at the donor's; about nothing there is no line."""
    if left := custody.balance(record.id).left_ml:
        custody.note(record.id, kind, left, now=now, kept=kept)


def _is_whole(session: Session, row: Lot, record: CustodyLot, taken: Taken) -> bool:
    """Whether these are all bags of a lot of which nothing was ever promised, given or poured away."""
    untouched = custody.balance(record.id).free_ml == record.made_ml
    return untouched and all(taken.get(each.size_ml, 0) == each.count for each in _bags_of(session, row))


def _split(session: Session, row: Lot, record: CustodyLot, taken: Taken, *, now: datetime) -> Lot:
    bags = tuple(Bags(count, Millilitres(size)) for size, count in taken.items() if count > 0)
    volume = _take(session, row, record, taken)
    draft = LotDraft(record.pumped_from, record.pumped_to, Kept(row.kept), Heat(row.heat), bags)
    child = custody.open_lot(draft, now=now, parent=record)
    if record.withdrawn:
        holding.inherit_withdrawals(session, record.id, child.id, now=now)
    custody.end(record.id, Entry.SPLIT, volume, now=now, child=child)
    made = _own_row(
        session, child, draft, donor_id=row.donor_id, token=new_public_id(), statement_id=row.statement_id, now=now
    )
    made.thawed_on = row.thawed_on
    holding.inherit(session, row, made)
    return made


def _take(session: Session, row: Lot, record: CustodyLot, taken: Taken) -> Millilitres:
    """Count free bags as gone and return what they held; their milk itself is the ledger's."""
    free = custody.balance(record.id).free_ml
    volume = count_gone(session, row, taken)
    if volume > free:
        raise NotEnoughMilk(free)
    return volume


def count_gone(session: Session, row: Lot, taken: Taken) -> Millilitres:
    """Count bags of a locked lot as gone and return what they held; raises :class:`Invalid` when they are not there."""
    there = {each.size_ml: each for each in _bags_of(session, row)}
    wanted = {size: count for size, count in taken.items() if count}
    if not wanted:
        raise Invalid({"bags": [N_("Please say how many bags.")]})
    if any(size not in there or not 0 < count <= there[size].free for size, count in wanted.items()):
        raise Invalid({"bags": [N_("There are not so many bags of that size left that are promised to nobody.")]})
    for size, count in wanted.items():
        there[size].gone += count
    session.flush()
    return Millilitres(sum(size * count for size, count in wanted.items()))


def _bags_of(session: Session, row: Lot) -> list[LotBags]:
    return list(session.scalars(select(LotBags).where(LotBags.lot_id == row.id).order_by(LotBags.size_ml)))


def _load(session: Session, actor: Identity, public_id: str) -> tuple[Lot, CustodyLot]:
    """The rows of the actor's own lot, locked until the end of the transaction; another's is :class:`NotFound`."""
    row = session.scalar(select(Lot).where(Lot.public_id == public_id).with_for_update())
    if row is None:
        raise NotFound
    authorise(actor, KEEP, row)
    return row, session.scalars(select(CustodyLot).where(CustodyLot.id == row.custody_id).with_for_update()).one()
