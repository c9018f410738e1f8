"""
Who stands behind a holder's token, so that a withdrawal reaches a person; the ledger itself names none.

Nothing else is kept of it: no lots, no volumes. Every function joins the caller's transaction and asks nobody's
permission: whoever calls has authorised.
"""

from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from app.accounts.queries import active_consent
from app.accounts.rules.consents import Purpose
from app.infra.transaction import transaction
from app.milk.models import (
    CustodyHolding,
    CustodyLot,
    Holder,
    RecallContact,
    Withdrawal,
    WithdrawalHolder,
    WithdrawalNotice,
)
from app.milk.rules.withdrawals import keep_contact_until
from app.milk.services import contacts, rests

AT_ONCE: Final = 500
"""Rows that go in one transaction at most."""


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


def part(person_id: int, *, email: str, locale: str, now: datetime) -> None:
    """
    Forget a person who leaves: nobody stands behind her tokens any more.

    Only who agreed to be told of a withdrawal even so (``recall-contact``) leaves an e-mail with each handoff in which
    milk was received, and nothing else, and gets a mail with a link that deletes it. To be called by the erasure, while
    the account is still there.
    """
    with transaction() as session:
        if active_consent(person_id, Purpose.RECALL_CONTACT):
            contacts.keep(session, person_id, email=email, locale=locale, now=now)
        session.execute(delete(Holder).where(Holder.person_id == person_id))
        for table in (WithdrawalHolder, WithdrawalNotice):
            session.execute(update(table).where(table.person_id == person_id).values(person_id=None))
        for column in (Withdrawal.donor_id, Withdrawal.opened_by_id, Withdrawal.looked_by_id):
            session.execute(update(Withdrawal).where(column == person_id).values({column.key: None}))
        rests.unname(person_id)


def forget_old(*, now: datetime) -> None:
    """Forget contacts and who stood behind a token, six months after the last day on which any of the milk keeps."""
    youngest = (
        select(func.max(CustodyLot.pumped_from))
        .join(CustodyHolding, CustodyHolding.lot_id == CustodyLot.id)
    )  # fmt: skip
    with transaction() as session:
        for table in (RecallContact, Holder):
            days = youngest.where(CustodyHolding.holder == table.holder).scalar_subquery()
            before = _before(now.date())
            over = select(table.holder).where(days < before).limit(AT_ONCE)
            gone = list(session.scalars(over))
            session.execute(delete(table).where(table.holder.in_(gone)))
    contacts.forget_links(now=now)


def _before(today: date) -> date:
    """Milk pumped before this day is kept in mind no longer; a little more than 18 months, whatever the months."""
    day = today
    while keep_contact_until(day) >= today:
        day -= timedelta(days=1)
    return day
