"""
Who stands behind a holder's token, so that a withdrawal reaches a person; the ledger itself names none.

Nothing else is kept of it: no lots, no volumes. Every function joins the caller's transaction and asks nobody's
permission: whoever calls has authorised.
"""

from datetime import datetime

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from app.infra.transaction import transaction
from app.milk.models import CustodyHolding, Holder


def register(holder: str, person_id: int, *, now: datetime) -> None:
    """
    Keep that ``person_id`` stands behind ``holder``, the random token of a handoff, from its first promise on.

    The first who was named stays: a token is one family's. The token must stand in no address.
    """
    with transaction() as session:
        insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
        row = {"holder": holder, "person_id": person_id, "since": now}
        session.execute(insert(Holder).values(row).on_conflict_do_nothing(index_elements=["holder"]))


def forget(holder: str) -> None:
    """Forget who stands behind a handoff that fell through; one that received milk is kept for its withdrawal."""
    received = exists().where(CustodyHolding.holder == holder, CustodyHolding.received_ml > 0)
    with transaction() as session:
        session.execute(delete(Holder).where(Holder.holder == holder, ~received))


def person_behind(holder: str) -> int | None:
    """Who stands behind a token; None when nobody does, or does any more."""
    with transaction() as session:
        return session.scalar(select(Holder.person_id).where(Holder.holder == holder))
