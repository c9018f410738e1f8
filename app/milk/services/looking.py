"""What a moderator decides of a withdrawal that waits: its families are told, or it ends and its milk is free again."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, insert, literal, select, update
from sqlalchemy.orm import Session

from app.infra import event_bus
from app.infra.transaction import transaction
from app.kernel.access import Identity, authorise
from app.kernel.errors import Conflict, NotFound
from app.milk.events import MilkCleared
from app.milk.models import CustodyEntry, CustodyLot, Withdrawal, WithdrawalLot
from app.milk.permissions import END_WITHDRAWAL, LOOK_BACK
from app.milk.rules.ledger import Entry
from app.milk.rules.withdrawals import State
from app.milk.services import holding, telling
from app.milk.services.withdrawals import drop_told
from app.notifications.services import notify


def release(actor: Identity, token: str, *, now: datetime) -> None:
    """A moderator has looked: the families are told. Raises :class:`Conflict` when they were told already."""
    authorise(actor, LOOK_BACK)
    with transaction() as session:
        row = _waiting(session, token)
        row.state, row.looked_by_id = State.TELLING, actor.person_id
        session.flush()
        drop_told(session, row)
        telling.lay_out(session, row.id, now=now)


def end(actor: Identity, token: str, *, now: datetime) -> None:
    """
    A moderator has looked, and no family needs to be told: the milk is free again, and its donor hears of it.

    Milk that another withdrawal holds, or another report that waits, stays held (its donor reads that instead), and
    what was promised before stays taken back. Raises :class:`Conflict` when it does not wait any more, and
    :class:`Forbidden` for one's own milk or one's own word.
    """
    authorise(actor, LOOK_BACK)
    with transaction() as session:
        _alone_with_its_milk(session, token)
        row = _waiting(session, token)
        authorise(actor, END_WITHDRAWAL, row)
        row.state, row.looked_by_id, row.closed_at = State.ENDED, actor.person_id, now
        session.flush()
        kind = "milk_withdrawal_ended" if _clear(session, row, now=now) else "milk_withdrawal_ended_held"
        if row.donor_id is not None:
            notify(
                row.donor_id, kind, item=f"withdrawal:{token}:ended", path=f"/milk/withdrawals/{token}", mail=True,
                now=now,
            )  # fmt: skip


def _alone_with_its_milk(session: Session, token: str) -> None:
    """Nobody splits bags off meanwhile, which would stay held for ever; locked first, as where milk is withdrawn."""
    donor_id = session.scalar(select(Withdrawal.donor_id).where(Withdrawal.token == token))
    if donor_id is not None:
        holding.alone(session, donor_id)


def _waiting(session: Session, token: str) -> Withdrawal:
    row = session.scalar(select(Withdrawal).where(Withdrawal.token == token).with_for_update())
    if row is None:
        raise NotFound
    if row.state != State.REVIEW:
        raise Conflict
    return row


def _clear(session: Session, row: Withdrawal, *, now: datetime) -> bool:
    """
    Hold no longer what nothing else holds, also what was split off since, and say so in the ledger.

    Whether nothing of it is held any more.
    """
    others = select(Withdrawal.id).where(Withdrawal.state != State.ENDED)
    cleared = _with_parts(WithdrawalLot.withdrawal_id == row.id, "cleared")
    held = _with_parts(WithdrawalLot.withdrawal_id.in_(others), "held")
    # Before it is asked what else holds them: a report that comes in this moment locks the lots it reaches, too.
    session.execute(select(CustodyLot.id).where(CustodyLot.id.in_(cleared)).order_by(CustodyLot.id).with_for_update())
    free = (CustodyLot.id.in_(cleared), CustodyLot.id.not_in(held), CustodyLot.withdrawn.is_(True))
    lots = session.scalars(select(CustodyLot.id).where(*free).order_by(CustodyLot.id).with_for_update()).all()
    line = select(CustodyLot.id, literal(Entry.CLEARED.value), CustodyLot.made_ml, literal(now, CustodyEntry.at.type))
    session.execute(
        insert(CustodyEntry).from_select(["lot_id", "kind", "volume_ml", "at"], line.where(CustodyLot.id.in_(lots)))
    )
    freed = update(CustodyLot).where(CustodyLot.id.in_(lots)).values(withdrawn=False)
    session.execute(freed, execution_options={"synchronize_session": False})
    session.expire_all()
    if lots:
        event_bus.record(MilkCleared(at=now, custody_ids=tuple(lots)))
    still = select(CustodyLot.id).where(CustodyLot.id.in_(cleared), CustodyLot.withdrawn.is_(True))
    return session.scalar(still.limit(1)) is None


def _with_parts(which: ColumnElement[bool], name: str) -> Select[tuple[int]]:
    """The lots of some withdrawals and all that was ever split off from them."""
    found = select(WithdrawalLot.lot_id.label("id")).where(which).cte(name, recursive=True)
    split = select(CustodyEntry.other_lot_id).where(CustodyEntry.kind == Entry.SPLIT, CustodyEntry.lot_id == found.c.id)
    return select(found.union(split).c.id)
