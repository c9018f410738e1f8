"""
The addresses of those who left and agreed to be told of withdrawn milk: kept, linked to in each mail, and forgotten.

Whoever reads mail at such an address may have it deleted at any time, by a link whose random token nobody but that
mail knows: only its digest is kept.
"""

import secrets
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import Session

from app.infra import jobs
from app.infra.mail import SEND
from app.infra.transaction import transaction
from app.kernel.errors import NotFound
from app.milk.models import (
    CustodyHolding,
    CustodyLot,
    Holder,
    RecallContact,
    RecallContactLink,
    Withdrawal,
    WithdrawalHolder,
    WithdrawalNotice,
)
from app.milk.rules.withdrawals import TRIES, State, keep_contact_until
from app.milk.services import telling
from app.milk.services.links import digest_of, new_link

CONFIRM: Final = "milk.confirm_contact"
"""The job that writes to somebody who left that the address is kept, until when, and how it is deleted."""

KEPT_LINKS: Final = timedelta(days=180)
"""How long a link to an address that is gone still says so, before it leads nowhere."""


def keep(session: Session, person_id: int, *, email: str, locale: str, now: datetime) -> None:
    """
    Keep an address beside each handoff in which somebody received milk; she is leaving, and agreed.

    What she has not answered yet goes on by that address. She is written to that it is kept, and how it is deleted.
    """
    own = select(Holder.holder).where(Holder.person_id == person_id)
    received = select(CustodyHolding.holder).where(CustodyHolding.holder.in_(own), CustodyHolding.received_ml > 0)
    tokens = sorted(set(session.scalars(received)))
    if not tokens:
        return
    leaver = secrets.token_urlsafe(16)
    session.add_all(
        RecallContact(holder=token, email=email, locale=locale, leaver=leaver, kept_at=now) for token in tokens
    )
    session.flush()
    _go_on_by_mail(session, person_id, tokens)
    payload = {"leaver": leaver, "stop": new_link(session, leaver, now=now)}
    jobs.enqueue(CONFIRM, payload, now=now, unique_key=f"{CONFIRM}:{leaver}")


def _go_on_by_mail(session: Session, person_id: int, tokens: list[str]) -> None:
    """Whom a withdrawal is still being told to gets its further tries at the address."""
    first = (
        select(func.min(WithdrawalHolder.holder))
        .where(WithdrawalHolder.notice_id == WithdrawalNotice.id, WithdrawalHolder.holder.in_(tokens))
        .scalar_subquery()
    )
    waiting = (WithdrawalNotice.person_id == person_id, WithdrawalNotice.next_try_at.is_not(None))
    session.execute(
        update(WithdrawalNotice).where(*waiting).values(person_id=None, contact=first),
        execution_options={"synchronize_session": False},
    )


def kept(leaver: str) -> tuple[str, str, date] | None:
    """The address of somebody who left, its language and the last day on which it is kept; None when it is gone."""
    youngest = select(func.max(CustodyLot.pumped_from)).join(CustodyHolding, CustodyHolding.lot_id == CustodyLot.id)
    with transaction() as session:
        rows = session.scalars(select(RecallContact).where(RecallContact.leaver == leaver)).all()
        if not rows:
            return None
        last = session.scalar(youngest.where(CustodyHolding.holder.in_([row.holder for row in rows])))
        return rows[0].email, rows[0].locale, keep_contact_until(last or rows[0].kept_at.date())


def is_kept(token: str) -> bool:
    """Whether the address behind a link is still kept. Raises :class:`NotFound` for a link that is none of ours."""
    with transaction() as session:
        same = exists().where(RecallContact.leaver == _link(session, token).leaver)
        return bool(session.scalar(select(same)))


def forget(token: str, *, now: datetime) -> None:
    """
    Delete the address behind a link, wherever it is kept; again it changes nothing.

    Mails to it that have not left are dropped, and withdrawals that were still telling it count it as not reached.
    Raises :class:`NotFound` for a link that is none of ours.
    """
    with transaction() as session:
        leaver = _link(session, token).leaver
        same = select(RecallContact.email).where(RecallContact.leaver == leaver)
        found = select(RecallContact).where(RecallContact.email.in_(same)).order_by(RecallContact.holder)
        rows = session.scalars(found.with_for_update()).all()
        tokens = [row.holder for row in rows]
        _drop_mails(session, rows, now=now)
        unanswered = (WithdrawalNotice.contact.in_(tokens), WithdrawalNotice.answered_at.is_(None))
        session.execute(
            update(WithdrawalNotice).where(*unanswered).values(next_try_at=None),
            execution_options={"synchronize_session": False},
        )
        session.execute(delete(RecallContact).where(RecallContact.holder.in_(tokens)))
        session.expire_all()
        for withdrawal_id in _still_telling(session, tokens):
            telling.note_unreached(session, withdrawal_id, now=now)


def _drop_mails(session: Session, rows: Iterable[RecallContact], *, now: datetime) -> None:
    rows = list(rows)
    told = select(WithdrawalNotice.token).where(WithdrawalNotice.contact.in_([row.holder for row in rows]))
    keys = {f"{SEND}:withdrawn.{token}.{time}" for token in session.scalars(told) for time in range(1, TRIES + 1)}
    keys |= {f"{kind}:{row.leaver}" for row in rows for kind in (CONFIRM, f"{SEND}:recall")}
    jobs.drop_keyed(keys, now=now)


def _still_telling(session: Session, tokens: list[str]) -> list[int]:
    found = (
        select(Withdrawal.id)
        .join(WithdrawalHolder, WithdrawalHolder.withdrawal_id == Withdrawal.id)
        .where(WithdrawalHolder.holder.in_(tokens), Withdrawal.state == State.TELLING)
    )
    return sorted(set(session.scalars(found)))


def forget_links(*, now: datetime) -> None:
    """Forget links whose address has been gone for long."""
    there = exists().where(RecallContact.leaver == RecallContactLink.leaver)
    old = delete(RecallContactLink).where(RecallContactLink.made_at < now - KEPT_LINKS, ~there)
    with transaction() as session:
        session.execute(old)


def _link(session: Session, token: str) -> RecallContactLink:
    row = session.get(RecallContactLink, digest_of(token))
    if row is None:
        raise NotFound
    return row
