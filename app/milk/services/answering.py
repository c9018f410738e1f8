"""What a family says became of withdrawn milk. The token of its page is the key to it: no account is asked for."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.infra import event_bus
from app.infra.transaction import transaction
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.quantities import Millilitres
from app.kernel.words import N_
from app.milk.events import FamilyAnswered
from app.milk.models import CustodyHolding, Withdrawal, WithdrawalHolder, WithdrawalNotice
from app.milk.queries.withdrawals import lots_of_notices
from app.milk.rules.withdrawals import Answer, Level, answer_problems
from app.milk.services import custody, telling
from app.notifications.services import settle


def answer(token: str, answers: Sequence[Answer], *, had: Mapping[int, int], now: datetime) -> None:
    """
    Keep that a family has read it, and what it says of each lot; it may say more later.

    ``had`` is what the page showed as left of each lot: when that is no longer so (the same form sent twice), nothing
    is written and :class:`Conflict` says so. Raises :class:`Invalid` by field, :class:`NotFound` for no such page.
    """
    with transaction() as session:
        row = session.scalar(select(WithdrawalNotice).where(WithdrawalNotice.token == token).with_for_update())
        if row is None:
            raise NotFound
        left = {lot.lot_id: int(lot.left_ml) for lot in lots_of_notices([row.id]).get(row.id, ())}
        said = [each for each in answers if any(each.parts())]
        if any(had.get(each.lot_id) != left.get(each.lot_id) for each in said):
            raise Conflict(N_("You have told us about this milk already. Here is how it stands now."), code="told")
        if problems := answer_problems(answers, left):
            raise Invalid(problems)
        for each in said:
            _settle(session, row.id, each, now=now)
        row.answered_at, row.next_try_at = row.answered_at or now, None
        session.flush()
        _read(session, row, now=now)
        telling.close_when_done(session, row.withdrawal_id, now=now)


def _settle(session: Session, notice_id: int, said: Answer, *, now: datetime) -> None:
    """Write it into the ledger, over all handoffs in which this family received of the lot, the first ones first."""
    for kind, volume in said.parts():
        rest = volume
        for holder, left in _left(session, notice_id, said.lot_id):
            part = min(rest, left)
            if part:
                custody.settle(said.lot_id, holder, kind, Millilitres(part), now=now)
                rest -= part


def _left(session: Session, notice_id: int, lot_id: int) -> Iterable[tuple[str, int]]:
    held = (
        select(CustodyHolding.holder, CustodyHolding.received_ml - CustodyHolding.used_ml)
        .join(WithdrawalHolder, WithdrawalHolder.holder == CustodyHolding.holder)
        .where(WithdrawalHolder.notice_id == notice_id, CustodyHolding.lot_id == lot_id)
        .order_by(CustodyHolding.holder)
    )
    return [(row[0], row[1]) for row in session.execute(held)]


def _read(session: Session, row: WithdrawalNotice, *, now: datetime) -> None:
    """What the notices about it asked is answered."""
    if row.person_id is not None:
        rank = session.scalar(select(Withdrawal.rank).where(Withdrawal.id == row.withdrawal_id))
        settle(row.person_id, telling.KINDS[Level(rank or 1)], telling.path_of(row.token), now=now)
        own = select(WithdrawalHolder.holder).where(WithdrawalHolder.notice_id == row.id)
        event_bus.record(FamilyAnswered(at=now, person_id=row.person_id, holders=tuple(session.scalars(own))))
