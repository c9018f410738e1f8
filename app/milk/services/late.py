"""Families who were told of a withdrawal and turn out to have more of its milk than they were told of."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.milk.models import CustodyEntry, WithdrawalHolder, WithdrawalNotice
from app.milk.queries.withdrawals import HeldLot, lots_of_notices
from app.milk.rules.ledger import Entry


def begin_anew(session: Session, withdrawal_id: int, people: Collection[int | None]) -> list[str]:
    """
    The pages of those of these families who have lots of which no notice spoke; they are told as if for the first time.

    What they answered was not about these lots, so that it is asked again. Joins the caller's transaction.
    """
    if not people:
        return []
    wanted = select(WithdrawalNotice).where(
        WithdrawalNotice.withdrawal_id == withdrawal_id, WithdrawalNotice.person_id.in_(people)
    )
    rows = {row.id: row for row in session.scalars(wanted.order_by(WithdrawalNotice.id).with_for_update())}
    lots = lots_of_notices(list(rows))
    more = [row for row in rows.values() if len(lots.get(row.id, ())) > row.named_lots]
    for row in more:
        row.tries, row.answered_at = 0, None
    session.flush()
    return [row.token for row in more]


def latest_first(session: Session, notice_id: int, lots: tuple[HeldLot, ...]) -> tuple[HeldLot, ...]:
    """The lots of a family, those first that were written down last: a notice names only some of them."""
    last = (
        select(CustodyEntry.lot_id, func.max(CustodyEntry.id))
        .join(WithdrawalHolder, WithdrawalHolder.holder == CustodyEntry.holder)
        .where(WithdrawalHolder.notice_id == notice_id, CustodyEntry.kind == Entry.HANDED_OVER)
        .where(CustodyEntry.lot_id.in_([lot.lot_id for lot in lots]))
        .group_by(CustodyEntry.lot_id)
    )
    written = {row[0]: int(row[1]) for row in session.execute(last)}
    return tuple(sorted(lots, key=lambda lot: -written.get(lot.lot_id, 0)))
