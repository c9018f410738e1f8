"""
The milk of an offer: opened when it is first needed, promised, released, given — each by one conditional UPDATE.

A check in Python before a write would let two families through at the same moment; here the condition stands in the
UPDATE itself, and the constraint ``never_twice`` has the last word. Every function runs in the caller's transaction.
"""

from typing import Any, Final

from sqlalchemy import case, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import Update

from app.handoffs.models import OfferBalance
from app.handoffs.rules.balance import Balance, MilkTaken
from app.infra.transaction import attempt, violated
from app.kernel.quantities import Millilitres

NEVER_TWICE: Final = "ck_offer_balances_never_twice"
_INSERTS: Final[dict[str, Any]] = {"sqlite": sqlite_insert, "postgresql": postgresql_insert}
_CORE: Final[dict[str, Any]] = {"synchronize_session": False}
_USED: Final = OfferBalance.reserved_ml + OfferBalance.given_ml


def align(session: Session, offer_id: int, period: str, total: Millilitres) -> None:
    """
    Make the balance exist and hold what the offer says now.

    A donor who lowers her offer below what she promised and gave keeps exactly that much.
    """
    insert = _INSERTS[session.get_bind().dialect.name]
    values = {"offer_id": offer_id, "period": period, "total_ml": total, "reserved_ml": 0, "given_ml": 0}
    session.execute(insert(OfferBalance).values(values).on_conflict_do_nothing())
    follow(session, offer_id, {period}, total)


def follow(session: Session, offer_id: int, periods: set[str], total: Millilitres) -> None:
    """Let the balances of these periods follow the offer's new volume, never below what is promised and given."""
    followed = update(OfferBalance).where(OfferBalance.offer_id == offer_id, OfferBalance.period.in_(periods))
    session.execute(followed.values(total_ml=case((total < _USED, _USED), else_=total)), execution_options=_CORE)


def periods_of(session: Session, offer_id: int) -> set[str]:
    """The periods of an offer in which milk was ever planned."""
    return set(session.scalars(select(OfferBalance.period).where(OfferBalance.offer_id == offer_id)))


def look(session: Session, offer_id: int, period: str) -> Balance:
    """The balance as the database has it now, inside the caller's transaction; it must exist."""
    columns = select(OfferBalance.total_ml, OfferBalance.reserved_ml, OfferBalance.given_ml)
    row = session.execute(columns.where(OfferBalance.offer_id == offer_id, OfferBalance.period == period)).one()
    return Balance(*(Millilitres(number) for number in row))


def lock(session: Session, offer_id: int, period: str) -> None:
    """
    Let nobody else change this balance until the transaction ends.

    Whoever will lock lots too locks the balance first, so that no two wait for each other.
    """
    columns = select(OfferBalance.offer_id).where(OfferBalance.offer_id == offer_id, OfferBalance.period == period)
    session.execute(columns.with_for_update())


def reserve(session: Session, offer_id: int, period: str, volume: Millilitres) -> None:
    """Promise ``volume``; raise :class:`MilkTaken` when less is free."""
    change(session, offer_id, period, reserved=volume)


def change(
    session: Session, offer_id: int, period: str, *, reserved: int = 0, given: int = 0, total: int = 0
) -> None:  # fmt: skip
    """
    Add to what is promised and given, and to the total; negative numbers take away.

    Raises :class:`MilkTaken` and changes nothing when the sum would be more than there is.
    """
    moved = (
        update(OfferBalance)
        .where(OfferBalance.offer_id == offer_id, OfferBalance.period == period)
        .where(_USED + reserved + given <= OfferBalance.total_ml + total)
        .values(
            reserved_ml=OfferBalance.reserved_ml + reserved,
            given_ml=OfferBalance.given_ml + given,
            total_ml=OfferBalance.total_ml + total,
        )
    )
    if _apply(session, moved, offer_id, period) == 0:
        raise MilkTaken(look(session, offer_id, period).free_ml)


def write_down(
    session: Session, offer_id: int, period: str, *, reserved: int = 0, given: int = 0
) -> Millilitres:  # fmt: skip
    """
    Add milk that has changed hands already, whatever is free, and return how much of it was not there.

    What is promised to others stays promised, and the total grows to what is promised and given: as when an offer is
    lowered, nothing more is free. The balance must exist.
    """
    lock(session, offer_id, period)
    before = look(session, offer_id, period)
    used = before.reserved_ml + before.given_ml + reserved + given
    change(session, offer_id, period, total=max(0, used - before.total_ml), reserved=reserved, given=given)
    return Millilitres(max(0, used - before.total_ml))


def _apply(session: Session, statement: Update, offer_id: int, period: str) -> int:
    """Run an UPDATE of a balance and return how many rows it changed; the constraint's refusal is
    :class:`MilkTaken`.
    """
    try:
        with attempt(session):
            return int(session.execute(statement, execution_options=_CORE).rowcount)  # type: ignore[attr-defined]
    except IntegrityError as error:
        if not violated(error, NEVER_TWICE):
            raise
        raise MilkTaken(look(session, offer_id, period).free_ml) from error
