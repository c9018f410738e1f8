"""
How a donor's lots stand to the days she keeps back: the rows, written as the rules judge.

Every function joins the caller's transaction and expects that it has called :func:`alone`: a lot is made, or split, or
a day kept back, one after the other, so that no lot slips through between two who do not see each other yet.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.milk.models import CustodyLot, Deferral, Lot, LotHold, Withdrawal, WithdrawalLot
from app.milk.rules.deferrals import Days, Hold, Standing, judge, keeps_back
from app.milk.rules.withdrawals import State
from app.milk.services import custody


def alone(session: Session, donor_id: int) -> None:
    """Let no other use-case decide on this donor's lots and days until the end of the transaction."""
    session.execute(select(User.id).where(User.id == donor_id).with_for_update(key_share=True))


def consider_new(session: Session, row: Lot) -> None:
    """
    Hold a lot that was just made, and of which nothing is promised, against its donor's days.

    Milk of days that were withdrawn is withdrawn from its beginning.
    """
    judge_lot(session, row, entries_of(session, row.donor_id))
    if is_kept_back(session, row):
        custody.exclude(row.custody_id)
    record = session.get_one(CustodyLot, row.custody_id)
    withdrawn = select(Withdrawal.id).where(
        Withdrawal.donor_id == row.donor_id, Withdrawal.pumped_from <= record.pumped_to,
        Withdrawal.pumped_to >= record.pumped_from, Withdrawal.state != State.ENDED,
    )  # fmt: skip
    found = session.scalars(withdrawn).all()
    session.add_all(WithdrawalLot(withdrawal_id=each, lot_id=record.id) for each in found)
    if found:
        custody.withdraw(record.id, now=row.created_at)


def inherit(session: Session, parent: Lot, child: Lot) -> None:
    """Let bags that become a lot of their own stand to the days as the lot they come from does."""
    session.add_all(
        LotHold(
            lot_id=child.id, deferral_id=each.deferral_id, standing=each.standing, first_day=each.first_day,
            last_day=each.last_day,
        )
        for each in holds_of(session, parent)
    )  # fmt: skip
    session.flush()
    if is_kept_back(session, child):
        custody.exclude(child.custody_id)


def inherit_withdrawals(session: Session, parent_id: int, child_id: int, *, now: datetime) -> None:
    """
    Let bags that become a lot of their own belong to each withdrawal that holds the lot they come from.

    Without that one withdrawal's end would free them of the others, and whoever turns out to have them is told nothing.
    """
    going_on = (
        select(WithdrawalLot.withdrawal_id)
        .join(Withdrawal, Withdrawal.id == WithdrawalLot.withdrawal_id)
        .where(WithdrawalLot.lot_id == parent_id, Withdrawal.state != State.ENDED)
    )
    session.add_all(WithdrawalLot(withdrawal_id=each, lot_id=child_id) for each in session.scalars(going_on).all())
    custody.withdraw(child_id, now=now)


def is_kept_back(session: Session, row: Lot) -> bool:
    """Whether its standings keep a lot back."""
    return keeps_back(Standing(each.standing) for each in holds_of(session, row))


def let_go(session: Session, holds: Iterable[LotHold]) -> None:
    """
    Let holds end whose days are gone: the lot stays kept back, and nothing tells for which days.

    What she said to be from other days needs no word any more.
    """
    for hold in holds:
        if hold.standing == Standing.OUTSIDE:
            session.delete(hold)
        else:
            hold.standing = Standing.INSIDE
            hold.deferral_id = hold.first_day = hold.last_day = None
    session.flush()


def holds_of(session: Session, row: Lot) -> list[LotHold]:
    """Every standing of a lot."""
    return list(session.scalars(select(LotHold).where(LotHold.lot_id == row.id).order_by(LotHold.id)))


def entries_of(session: Session, donor_id: int) -> list[Deferral]:
    """Every entry of a donor."""
    return list(session.scalars(select(Deferral).where(Deferral.donor_id == donor_id).order_by(Deferral.id)))


def judge_lot(session: Session, row: Lot, entries: Iterable[Deferral]) -> None:
    """Write down how a lot stands to each entry now."""
    record = session.get_one(CustodyLot, row.custody_id)
    span = record.pumped_from, record.pumped_to
    known = {hold.deferral_id: hold for hold in holds_of(session, row)}
    for entry in entries:
        hold = known.get(entry.id)
        judged = judge(Days(entry.first_day, entry.last_day), *span, _as_rule(hold))
        if judged is not None:
            _keep(session, row, entry, hold, judged)
        elif hold is not None:
            let_go(session, [hold])
    session.flush()


def _as_rule(hold: LotHold | None) -> Hold | None:
    if hold is None or hold.first_day is None:
        return None
    return Hold(Standing(hold.standing), Days(hold.first_day, hold.last_day))


def _keep(session: Session, row: Lot, entry: Deferral, hold: LotHold | None, judged: Hold) -> None:
    if hold is None:
        hold = LotHold(lot_id=row.id, deferral_id=entry.id)
        session.add(hold)
    hold.standing, hold.first_day, hold.last_day = judged.standing, judged.days.first, judged.days.last
