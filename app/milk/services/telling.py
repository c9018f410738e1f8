"""
Tell the families of a withdrawal, once each and up to three times, and close it when all have answered or been tried.

Who is told is written under a unique key in the same transaction as the notices, so a job that is run again finds
whom it told. Everyone who holds the milk is told, whoever blocked whom: a block is about meeting, not about a baby's
milk.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import exists, func, insert, select, update
from sqlalchemy.orm import Session

from app.accounts.queries import ids_with_role, mail_of, reachable
from app.infra import event_bus, jobs
from app.infra.transaction import transaction
from app.kernel.access import Role
from app.kernel.ids import new_public_id
from app.milk.events import FamiliesTold, WithdrawalClosed, WithdrawalEscalated
from app.milk.models import RecallContact, Withdrawal, WithdrawalHolder, WithdrawalLot, WithdrawalNotice
from app.milk.queries.older_labels import older_codes
from app.milk.queries.withdrawals import HeldLot, lots_of_notices, numbers
from app.milk.rules.codes import shown
from app.milk.rules.withdrawals import BETWEEN_TRIES, TRIES, Level, State
from app.milk.services.late import begin_anew, latest_first
from app.milk.services.links import new_link
from app.notifications.services import News, notify, notify_many

TELL: Final = "milk.tell_families"
"""The job that tells some families, named by their ids."""

TELL_CONTACTS: Final = "milk.tell_contacts"
"""The job that tells those whose account is gone, named by the tokens of their handoffs."""

TRY_AGAIN: Final = "milk.tell_again"
"""The job that tells some families once more, named by their rows."""

AT_ONCE: Final = 100
"""Families told by one job: some four hundred rows a transaction, and so many mails over one connection."""

CODES_SHOWN: Final = 3
"""Codes of lots in a notice; the others stand on its page."""

KINDS: Final = {
    Level.HOLD: "milk_withdrawn_hold",
    Level.MEDIUM: "milk_withdrawn_medium",
    Level.HIGH: "milk_withdrawn_high",
    Level.URGENT: "milk_withdrawn_urgent",
}
_CORE: Final[dict[str, Any]] = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Outside:
    """A mail to somebody without an open account: ``key`` makes it the same mail when it is sent again."""

    key: str
    email: str
    locale: str
    kind: str
    codes: str
    path: str
    stop: str | None = None
    """The token of a link that has the address deleted, for one that is kept after its account is gone."""


def path_of(token: str) -> str:
    """Where a family's page stands."""
    return f"/milk/withdrawn/{token}"


def lay_out(session: Session, withdrawal_id: int, *, now: datetime) -> None:
    """Enqueue the jobs that tell everybody, some families each: those with an account, then the contacts of others."""
    own = WithdrawalHolder.withdrawal_id == withdrawal_id
    people = session.scalars(
        select(WithdrawalHolder.person_id).where(own, WithdrawalHolder.person_id.is_not(None)).distinct()
    )
    _enqueue(TELL, withdrawal_id, "people", sorted(people), now=now)
    contacts = (
        select(func.min(RecallContact.holder))
        .join(WithdrawalHolder, WithdrawalHolder.holder == RecallContact.holder)
        .where(own, WithdrawalHolder.person_id.is_(None))
        .group_by(RecallContact.email)
    )
    _enqueue(TELL_CONTACTS, withdrawal_id, "contacts", sorted(session.scalars(contacts)), now=now)
    if numbers(withdrawal_id).unreached:
        _escalate(session, session.get_one(Withdrawal, withdrawal_id), now=now)
    close_when_done(session, withdrawal_id, now=now)


def _enqueue(kind: str, withdrawal_id: int, name: str, whom: Sequence[Any], *, now: datetime) -> None:
    for first in range(0, len(whom), AT_ONCE):
        payload = {"withdrawal_id": withdrawal_id, name: list(whom[first : first + AT_ONCE])}
        jobs.enqueue(kind, payload, now=now, unique_key=f"{kind}:{withdrawal_id}:{first}")


def tell_families(withdrawal_id: int, people: Sequence[int], *, now: datetime) -> list[Outside]:
    """
    Tell these people for the first time, each once; of those who were told already only such as turn out to have more
    lots than they were told of, and these as if for the first time: what they answered was not about those lots.

    Returns the mails for those whose account is shut: they have the milk all the same.
    """
    with transaction() as session:
        known = set(
            session.scalars(
                select(WithdrawalNotice.person_id).where(
                    WithdrawalNotice.withdrawal_id == withdrawal_id, WithdrawalNotice.person_id.in_(people)
                )
            )
        )
        rows = [
            {"token": new_public_id(), "withdrawal_id": withdrawal_id, "person_id": each, "tries": 0}
            for each in people if each not in known
        ]  # fmt: skip
        if rows:
            session.execute(insert(WithdrawalNotice), rows)
        of_person = (
            select(WithdrawalNotice.id)
            .where(
                WithdrawalNotice.withdrawal_id == withdrawal_id,
                WithdrawalNotice.person_id == WithdrawalHolder.person_id,
            )
            .scalar_subquery()
        )
        linked = update(WithdrawalHolder).where(
            WithdrawalHolder.withdrawal_id == withdrawal_id, WithdrawalHolder.person_id.in_(people),
            WithdrawalHolder.notice_id.is_(None),
        )  # fmt: skip
        fresh = linked.values(notice_id=of_person).returning(WithdrawalHolder.holder)
        holders = tuple(session.scalars(fresh, execution_options=_CORE))
        told = [row["token"] for row in rows] + begin_anew(session, withdrawal_id, known)
        outside = _try(session, WithdrawalNotice.token.in_(told), now=now) if told else []
        if holders:
            event_bus.record(FamiliesTold(at=now, withdrawal_id=withdrawal_id, holders=holders))
        return outside


def reach_late(custody_id: int, holder: str, person_id: int | None, *, now: datetime) -> None:
    """
    Milk of a withdrawn lot turns out to be with a holder (somebody writes down late what changed hands): it is told.

    A withdrawal that was closed goes on for it. Who was told of it already is told again when this lot was not among
    those. Nothing happens for a lot that was not withdrawn.
    """
    found = select(Withdrawal).join(WithdrawalLot, WithdrawalLot.withdrawal_id == Withdrawal.id)
    with transaction() as session:
        for row in session.scalars(found.where(WithdrawalLot.lot_id == custody_id).with_for_update(of=Withdrawal)):
            if session.get(WithdrawalHolder, (row.id, holder)) is None:
                session.add(WithdrawalHolder(withdrawal_id=row.id, holder=holder, person_id=person_id))
                session.flush()
            if row.state in {State.TELLING, State.CLOSED} and person_id is not None:
                row.state, row.closed_at = State.TELLING, None
                key = f"{TELL}:{row.id}:late:{holder}:{custody_id}"
                jobs.enqueue(TELL, {"withdrawal_id": row.id, "people": [person_id]}, now=now, unique_key=key)


def tell_contacts(withdrawal_id: int, contacts: Sequence[str], *, now: datetime) -> list[Outside]:
    """Write to those who left and agreed to be told even so, one mail to each address; those told are left out."""
    with transaction() as session:
        known = set(
            session.scalars(
                select(WithdrawalNotice.contact).where(
                    WithdrawalNotice.withdrawal_id == withdrawal_id, WithdrawalNotice.contact.in_(contacts)
                )
            )
        )
        found: list[Outside] = []
        for contact in contacts:
            row = session.get(RecallContact, contact, with_for_update=True)
            if contact not in known and row is not None:
                notice = WithdrawalNotice(token=new_public_id(), withdrawal_id=withdrawal_id, contact=contact, tries=0)
                session.add(notice)
                session.flush()
                same = select(RecallContact.holder).where(RecallContact.email == row.email)
                linked = update(WithdrawalHolder).where(
                    WithdrawalHolder.withdrawal_id == withdrawal_id, WithdrawalHolder.person_id.is_(None),
                    WithdrawalHolder.holder.in_(same),
                )  # fmt: skip
                session.execute(linked.values(notice_id=notice.id), execution_options=_CORE)
                found += _try(session, WithdrawalNotice.id == notice.id, now=now)
        return found


def _try(session: Session, which: Any, *, now: datetime) -> list[Outside]:  # noqa: ANN401 - a condition.
    """Tell these families, once more each; returns the mails for those without an open account."""
    rows = session.execute(
        select(
            WithdrawalNotice.id, WithdrawalNotice.token, WithdrawalNotice.person_id, WithdrawalNotice.contact,
            WithdrawalNotice.tries, WithdrawalNotice.named_lots, Withdrawal.rank,
        ).join(Withdrawal, Withdrawal.id == WithdrawalNotice.withdrawal_id).where(which)
    ).all()  # fmt: skip
    lots = lots_of_notices([row.id for row in rows])
    older = older_codes({lot.lot_id for some in lots.values() for lot in some})
    open_to = reachable(row.person_id for row in rows if row.person_id is not None)
    mail = mail_of(row.person_id for row in rows if row.person_id is not None and row.person_id not in open_to)
    news, outside = [], []
    for row in rows:
        held = lots.get(row.id, ())
        if 0 < row.named_lots < len(held):
            held = latest_first(session, row.id, held)
        kind, codes, said = KINDS[Level(row.rank)], _codes(held, older), _which_time(row.tries, len(held))
        if row.person_id in open_to:
            item = f"withdrawn:{row.token}:{said}"
            news.append(News(row.person_id, kind, item, path_of(row.token), {"codes": codes}))
        elif address := mail.get(row.person_id) or _address(session, row.contact, now=now):
            key = f"withdrawn.{row.token}.{said}"
            email, locale, *stop = address
            outside.append(Outside(key, email, locale, kind, codes, path_of(row.token), *stop))
    notify_many(news, now=now)
    _note_tried(session, {row.id: len(lots.get(row.id, ())) for row in rows}, now=now)
    return outside


def _which_time(tries: int, lots: int) -> str:
    """What makes a notice of a family news again: another try, or more lots than it was told of."""
    return f"{tries + 1}" if lots <= 1 else f"{tries + 1}.{lots}"


def _note_tried(session: Session, named: Mapping[int, int], *, now: datetime) -> None:
    """Count the try, and how many lots each of these notices spoke of; families with as many lots at once."""
    for count in sorted(set(named.values())):
        tried = update(WithdrawalNotice).where(WithdrawalNotice.id.in_([key for key in named if named[key] == count]))
        done = {"tries": WithdrawalNotice.tries + 1, "next_try_at": now + BETWEEN_TRIES, "named_lots": count}
        session.execute(tried.values(done), execution_options=_CORE)


def _address(session: Session, contact: str | None, *, now: datetime) -> tuple[str, ...] | None:
    """A kept address, its language, and a fresh link that has it deleted; None when it is gone."""
    row = session.get(RecallContact, contact, with_for_update=True) if contact else None
    return (row.email, row.locale, new_link(session, row.leaver, now=now)) if row else None


def _codes(lots: Iterable[HeldLot], older: Mapping[int, tuple[str, ...]]) -> str:
    """
    The first codes as people read them, and how many more there are; the same in every language.

    Those of older labels are among them: bags that were split off may still carry them.
    """
    every = dict.fromkeys(code for lot in lots for code in (lot.code, *older.get(lot.lot_id, ())))
    codes = [shown(code) for code in every]
    more = f" (+{len(codes) - CODES_SHOWN})" if len(codes) > CODES_SHOWN else ""
    return ", ".join(codes[:CODES_SHOWN]) + more


def follow_up(*, now: datetime) -> None:
    """Enqueue whoever has not answered in time, some families a job."""
    due = (
        select(
            WithdrawalNotice.withdrawal_id, WithdrawalNotice.id, WithdrawalNotice.tries, WithdrawalNotice.next_try_at
        )
        .where(WithdrawalNotice.next_try_at <= now)
        .order_by(WithdrawalNotice.withdrawal_id, WithdrawalNotice.tries, WithdrawalNotice.id)
    )
    with transaction() as session:
        groups: dict[tuple[int, int], list[tuple[int, Any]]] = {}
        for withdrawal_id, notice_id, tries, since in session.execute(due):
            groups.setdefault((withdrawal_id, tries), []).append((notice_id, since))
        for (withdrawal_id, tries), found in groups.items():
            for first in range(0, len(found), AT_ONCE):
                some = found[first : first + AT_ONCE]
                # Who is told anew of further lots has as many tries again: the moment tells these apart from the first.
                key = f"{TRY_AGAIN}:{withdrawal_id}:{tries}:{some[0][0]}:{some[0][1]:%Y%m%d%H%M%S}"
                jobs.enqueue(TRY_AGAIN, {"notice_ids": [each for each, _at in some]}, now=now, unique_key=key)


def tell_again(notice_ids: Sequence[int], *, now: datetime) -> list[Outside]:
    """Tell those of these families who are due once more; who was tried three times is tried no more."""
    due = (WithdrawalNotice.id.in_(notice_ids), WithdrawalNotice.next_try_at <= now)
    with transaction() as session:
        concerned = set(session.scalars(select(WithdrawalNotice.withdrawal_id).where(*due).distinct()))
        over = update(WithdrawalNotice).where(*due, WithdrawalNotice.tries >= TRIES).values(next_try_at=None)
        silent = session.execute(over, execution_options=_CORE).rowcount  # type: ignore[attr-defined]
        outside = _try(session, due[0] & due[1], now=now)
        for withdrawal_id in sorted(concerned):
            if silent:
                _escalate(session, session.get_one(Withdrawal, withdrawal_id), now=now)
            close_when_done(session, withdrawal_id, now=now)
        return outside


def _escalate(session: Session, row: Withdrawal, *, now: datetime) -> None:
    """Somebody has to look, told once a withdrawal: families cannot be reached or do not answer."""
    if row.escalated_at is None:
        row.escalated_at = now
        session.flush()
        tell_team(row.token, "unanswered", now=now)
        event_bus.record(WithdrawalEscalated(at=now, withdrawal_id=row.id))


def note_unreached(session: Session, withdrawal_id: int, *, now: datetime) -> None:
    """Somebody who was to be told can be told no more: the team hears of it, and the withdrawal may be done."""
    _escalate(session, session.get_one(Withdrawal, withdrawal_id), now=now)
    close_when_done(session, withdrawal_id, now=now)


def tell_team(token: str, why: str, *, now: datetime) -> None:
    """Leave a notice with every moderator; a second one for the same cause is dropped."""
    for person_id in sorted(ids_with_role(Role.MODERATOR)):
        notify(
            person_id, "milk_withdrawal_waits", item=f"withdrawal:{token}:{why}", path=f"/milk/withdrawals/{token}",
            mail=True, urgent=True, now=now,
        )  # fmt: skip


def close_when_done(session: Session, withdrawal_id: int, *, now: datetime) -> None:
    """Close a withdrawal of which nobody is left to be told or tried, and tell its donor how it went."""
    row = session.scalar(select(Withdrawal).where(Withdrawal.id == withdrawal_id).with_for_update())
    if row is None or row.state != State.TELLING or session.scalar(select(_is_open(withdrawal_id))):
        return
    row.state, row.closed_at = State.CLOSED, now
    session.flush()
    event_bus.record(WithdrawalClosed(at=now, withdrawal_id=row.id))
    if row.donor_id is not None:
        notify(
            row.donor_id, "milk_withdrawal_closed", item=f"withdrawal:{row.token}:closed",
            path=f"/milk/withdrawals/{row.token}", mail=True, now=now,
        )  # fmt: skip


def _is_open(withdrawal_id: int) -> Any:  # noqa: ANN401 - a condition.
    waiting = exists().where(WithdrawalNotice.withdrawal_id == withdrawal_id, WithdrawalNotice.next_try_at.is_not(None))
    somebody = WithdrawalHolder.person_id.is_not(None) | exists().where(RecallContact.holder == WithdrawalHolder.holder)
    untold = exists().where(
        WithdrawalHolder.withdrawal_id == withdrawal_id, WithdrawalHolder.notice_id.is_(None), somebody
    )
    return waiting | untold
