"""
The custody ledger: each movement is one guarded UPDATE of a balance and one line that stays.

The condition stands in the UPDATE itself, so that two at the same moment cannot both take the last bag, and the
constraint ``never_more_than_made`` has the last word. Every function joins the caller's transaction and asks nobody's
permission: whoever calls has authorised. Holders are random tokens of the caller's (a handoff's, say), never people.
Volumes are more than zero, or :class:`ValueError` is raised.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.infra.transaction import attempt, transaction, violated
from app.kernel.errors import NotFound
from app.kernel.ids import new_public_id
from app.kernel.quantities import Millilitres
from app.milk.models import CustodyEntry, CustodyHolding, CustodyLot
from app.milk.rules.codes import new_code
from app.milk.rules.drafts import LotDraft
from app.milk.rules.ledger import Arrival, Balance, Entry, NotEnoughMilk

_CODE_TAKEN: Final = ("uq_custody_lots_code", "custody_lots.code")
_BALANCED: Final = (
    "ck_custody_lots_never_more_than_made",
    "ck_custody_lots_not_negative",
    "ck_custody_holdings_never_more_than_received",
    "ck_custody_holdings_not_negative",
)
_INSERTS: Final[dict[str, Any]] = {"sqlite": sqlite_insert, "postgresql": postgresql_insert}
_CORE: Final[dict[str, Any]] = {"synchronize_session": False}
_USED: Final = CustodyLot.reserved_ml + CustodyLot.given_ml + CustodyLot.ended_ml


def open_lot(draft: LotDraft, *, now: datetime, parent: CustodyLot | None = None) -> CustodyLot:
    """Begin the record of a sound draft's milk under a fresh code; ``parent`` is the lot it was split off from."""
    with transaction() as session:
        row = _with_free_code(session, draft)
        note(row.id, Entry.CREATED, row.made_ml, now=now, kept=draft.kept, other_lot_id=parent.id if parent else None)
        return row


def _with_free_code(session: Session, draft: LotDraft) -> CustodyLot:
    """Codes are drawn at random; one that is taken already is drawn again."""
    while True:
        row = CustodyLot(
            token=new_public_id(), code=new_code(), pumped_from=draft.pumped_from, pumped_to=draft.pumped_to,
            made_ml=draft.volume_ml, reserved_ml=0, given_ml=0, ended_ml=0, withdrawn=False,
            excluded=False,
        )  # fmt: skip
        try:
            with attempt(session):
                session.add(row)
        except IntegrityError as error:
            if not any(violated(error, name) for name in _CODE_TAKEN):
                raise
        else:
            return row


def note(
    lot_id: int, kind: Entry, volume_ml: int, *, now: datetime, holder: str | None = None, **more: Any  # noqa: ANN401 - columns of the entry.
) -> None:  # fmt: skip
    """Write one line into the ledger."""
    with transaction() as session:
        session.add(CustodyEntry(lot_id=lot_id, kind=kind, volume_ml=volume_ml, holder=holder, at=now, **more))
        session.flush()


def balance(lot_id: int) -> Balance:
    """The balance as the database has it now; raises :class:`NotFound`."""
    columns = select(CustodyLot.made_ml, CustodyLot.reserved_ml, CustodyLot.given_ml, CustodyLot.ended_ml)
    with transaction() as session:
        row = session.execute(columns.where(CustodyLot.id == lot_id)).one_or_none()
    if row is None:
        raise NotFound
    return Balance(*(Millilitres(number) for number in row))


def reserve(lot_id: int, holder: str, volume_ml: Millilitres, *, now: datetime) -> None:
    """Promise milk to a holder; raises :class:`NotEnoughMilk` when less is free."""
    _require_some(volume_ml)
    with transaction():
        _change(lot_id, reserved=volume_ml)
        _hold(lot_id, holder, reserved=volume_ml)
        note(lot_id, Entry.RESERVED, volume_ml, now=now, holder=holder)


def release(lot_id: int, holder: str, volume_ml: Millilitres, *, now: datetime) -> None:
    """Take a promise, or a part of it, back; raises :class:`NotEnoughMilk` when less was promised to this holder."""
    _require_some(volume_ml)
    with transaction():
        _hold(lot_id, holder, reserved=-volume_ml)
        _change(lot_id, reserved=-volume_ml)
        note(lot_id, Entry.RELEASED, volume_ml, now=now, holder=holder)


def hand_over(
    lot_id: int, holder: str, volume_ml: Millilitres, condition: Arrival, *, is_past: bool = False,
    since: datetime | None = None, now: datetime,
) -> None:  # fmt: skip
    """
    Record that a holder received milk, in which condition.

    What was promised to that holder is used first; the rest comes from what is free. ``is_past`` says that it happened
    before the lot was withdrawn or kept back, which then does not stand against writing it down. ``since`` is when it
    happened, None when that is not known. Raises :class:`NotEnoughMilk`.
    """
    _require_some(volume_ml)
    with transaction():
        promised = min(volume_ml, _promised(lot_id, holder))
        _change(lot_id, reserved=-promised, given=volume_ml, is_past=is_past)
        _hold(lot_id, holder, reserved=-promised, received=volume_ml)
        earlier = since if since is not None and since < now else None
        note(
            lot_id, Entry.HANDED_OVER, volume_ml, now=now, holder=holder, condition=condition, happened_at=earlier
        )  # fmt: skip


def settle(lot_id: int, holder: str, kind: Entry, volume_ml: Millilitres, *, now: datetime) -> None:
    """
    Record what a holder says became of what it received: fed, discarded, or (moving nothing) still stored.

    Raises :class:`NotEnoughMilk` when it holds less than that, and ValueError for any other kind.
    """
    if kind not in {Entry.FED, Entry.DISCARDED, Entry.STORED}:
        msg = "only fed, stored and discarded are a holder's to say"
        raise ValueError(msg)
    _require_some(volume_ml)
    with transaction():
        _hold(lot_id, holder, used=volume_ml, keeps=kind is Entry.STORED)
        note(lot_id, kind, volume_ml, now=now, holder=holder)


def end(lot_id: int, kind: Entry, volume_ml: Millilitres, *, now: datetime, child: CustodyLot | None = None) -> None:
    """Discard free milk at the donor's, or split it off into ``child``; raises :class:`NotEnoughMilk`."""
    _require_some(volume_ml)
    with transaction():
        _change(lot_id, ended=volume_ml)
        note(lot_id, kind, volume_ml, now=now, other_lot_id=child.id if child else None)


def withdraw(lot_id: int, *, now: datetime) -> bool:
    """Mark a lot as withdrawn, once; whether this call did it."""
    with transaction() as session:
        marked = update(CustodyLot).where(CustodyLot.id == lot_id, CustodyLot.withdrawn.is_(False))
        first = _run(session, marked.values(withdrawn=True)) == 1
        if first:
            note(lot_id, Entry.WITHDRAWN, balance(lot_id).made_ml, now=now)
        return first


def exclude(lot_id: int) -> bool:
    """
    Keep a lot back; whether this call did it. The ledger has no line about it: that would tell when something was.

    Promises of it have to be taken back before: the constraint ``excluded_is_not_promised`` refuses it otherwise.
    """
    with transaction() as session:
        marked = update(CustodyLot).where(CustodyLot.id == lot_id, CustodyLot.excluded.is_(False))
        return _run(session, marked.values(excluded=True)) == 1


def include(lot_id: int) -> bool:
    """No longer keep a lot back; whether this call did it."""
    with transaction() as session:
        marked = update(CustodyLot).where(CustodyLot.id == lot_id, CustodyLot.excluded.is_(True))
        return _run(session, marked.values(excluded=False)) == 1


def _change(lot_id: int, *, reserved: int = 0, given: int = 0, ended: int = 0, is_past: bool = False) -> None:
    """
    Add to a lot's balance; negative numbers take away. One UPDATE, refused where the sum would not be possible.

    What is free of a lot that was withdrawn or is kept back is neither promised nor handed over, whoever asks first.
    """
    moved = (
        update(CustodyLot)
        .where(CustodyLot.id == lot_id, _USED + reserved + given + ended <= CustodyLot.made_ml)
        .where(CustodyLot.reserved_ml + reserved >= 0)
        .values(
            reserved_ml=CustodyLot.reserved_ml + reserved,
            given_ml=CustodyLot.given_ml + given,
            ended_ml=CustodyLot.ended_ml + ended,
        )
    )
    leaves = reserved + given > 0 and not is_past
    if leaves:
        moved = moved.where(CustodyLot.withdrawn.is_(False), CustodyLot.excluded.is_(False))
    with transaction() as session:
        if _run(session, moved) == 0:
            raise NotEnoughMilk(Millilitres(0) if leaves and _is_held(session, lot_id) else balance(lot_id).free_ml)


def _is_held(session: Session, lot_id: int) -> bool:
    held = CustodyLot.withdrawn.is_(True) | CustodyLot.excluded.is_(True)
    return session.scalar(select(CustodyLot.id).where(CustodyLot.id == lot_id, held)) is not None


def _hold(
    lot_id: int, holder: str, *, reserved: int = 0, received: int = 0, used: int = 0, keeps: bool = False
) -> None:
    """Add to what a holder has; ``keeps`` asks whether it has so much, and leaves it."""
    own = (CustodyHolding.lot_id == lot_id) & (CustodyHolding.holder == holder)
    with transaction() as session:
        insert = _INSERTS[session.get_bind().dialect.name]
        fresh = {"lot_id": lot_id, "holder": holder, "reserved_ml": 0, "received_ml": 0, "used_ml": 0}
        session.execute(insert(CustodyHolding).values(fresh).on_conflict_do_nothing())
        moved = (
            update(CustodyHolding)
            .where(own, CustodyHolding.reserved_ml + reserved >= 0)
            .where(CustodyHolding.used_ml + used <= CustodyHolding.received_ml + received)
            .values(
                reserved_ml=CustodyHolding.reserved_ml + reserved,
                received_ml=CustodyHolding.received_ml + received,
                used_ml=CustodyHolding.used_ml + (0 if keeps else used),
            )
        )
        if _run(session, moved) == 0:
            has = select(CustodyHolding.reserved_ml, CustodyHolding.received_ml - CustodyHolding.used_ml).where(own)
            promised, left = session.execute(has).one()
            raise NotEnoughMilk(Millilitres(promised if reserved < 0 else left))


def promised_of(lot_id: int) -> list[tuple[str, Millilitres]]:
    """Every holder to whom something of a lot is promised, and how much."""
    wanted = select(CustodyHolding.holder, CustodyHolding.reserved_ml).where(
        CustodyHolding.lot_id == lot_id, CustodyHolding.reserved_ml > 0
    )
    with transaction() as session:
        return [
            (holder, Millilitres(volume)) for holder, volume in session.execute(wanted.order_by(CustodyHolding.holder))
        ]


def _require_some(volume_ml: int) -> None:
    """No movement is of nothing, or backwards: that would be a mistake of the caller's."""
    if volume_ml <= 0:
        msg = "a movement of milk is of more than nothing"
        raise ValueError(msg)


def _promised(lot_id: int, holder: str) -> int:
    """What is promised to a holder, its row locked so that no second hand-over counts the same promise."""
    own = select(CustodyHolding.reserved_ml).where(CustodyHolding.lot_id == lot_id, CustodyHolding.holder == holder)
    with transaction() as session:
        return session.scalar(own.with_for_update()) or 0


def _run(session: Session, statement: Any) -> int:  # noqa: ANN401 - an UPDATE, whose type its library keeps to itself.
    """
    Run an UPDATE of a balance and return how many rows it changed: none when a constraint refuses it.

    What the session holds of the ledger is read anew, and nothing else: most of a use-case's time would go into that.
    """
    try:
        with attempt(session):
            changed = int(session.execute(statement, execution_options=_CORE).rowcount)  # type: ignore[attr-defined]
    except IntegrityError as error:
        if not any(violated(error, name) for name in _BALANCED):
            raise
        changed = 0
    for known in list(session.identity_map.values()):
        if isinstance(known, CustodyLot | CustodyHolding):
            session.expire(known)
    return changed
