"""
A donor's use-cases of the days she keeps back: say them, change them, and say which bags are from them.

Only she calls these, under her consent ``health-days``. Keeping back happens at once and by itself; giving back never:
it is always a press of hers.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.queries import active_consent
from app.accounts.rules.consents import Purpose
from app.infra.transaction import transaction
from app.kernel.access import Identity, authorise
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.ids import new_public_id
from app.kernel.words import N_
from app.milk.models import CustodyLot, Deferral, Lot, LotBags, LotHold
from app.milk.permissions import KEEP, KEEP_DAYS, LIST_DAYS
from app.milk.rules.deferrals import Days, DeferralDraft, Kind, Standing, check, joins
from app.milk.rules.withdrawals import BEFORE_SIGNS, OpenedAs, Reason, Scope
from app.milk.services import excluding, holding, withdrawals
from app.milk.services.lots import Taken, split_off, today_of

AGREE_FIELD = "agree"
"""The field at which the consent is asked for."""

_INFECTIONS = frozenset({Kind.FEVER, Kind.MASTITIS})
"""Kinds that a withdrawal counts as an infection; all others are something taken."""

_NOT_AGREED = N_("These days are kept only if you agree. Please tick this box.")


def keep_days_back(actor: Identity, draft: DeferralDraft, *, submit_token: str | None = None, now: datetime) -> str:
    """
    Keep milk of these days back from now on, and return the public id of the entry.

    The same ``submit_token`` again is the same entry. Promises of milk that the days touch are taken back. Raises
    :class:`Invalid` by field, at :data:`AGREE_FIELD` without the consent.
    """
    authorise(actor, LIST_DAYS)
    token = submit_token or new_public_id()
    with transaction() as session:
        holding.alone(session, actor.person_id)
        same = select(Deferral.public_id).where(Deferral.donor_id == actor.person_id, Deferral.submit_token == token)
        if earlier := session.scalar(same):
            return earlier
        _require_sound(actor, draft, now=now)
        return _begin(session, actor, Kind(draft.kind or Kind.OTHER), draft.days, token, now=now)


def again_today(actor: Identity, public_id: str, *, now: datetime) -> str:
    """
    Say that the same was so today, and return the public id of the entry that holds today.

    One that ended yesterday goes on to today; an older one is followed by a new one; twice is once.
    """
    today = today_of(actor.person_id, now)
    with transaction() as session:
        row = _own(session, actor, public_id)
        _require_agreed(actor)
        alike = [each for each in _entries_like(session, row) if joins(_days(each), today)]
        if not alike:
            return _begin(session, actor, Kind(row.kind), Days(today, today), new_public_id(), now=now)
        found = alike[-1]
        if found.last_day is not None and found.last_day < today:
            found.last_day = today
            session.flush()
            excluding.reconsider(session, actor.person_id, now=now)
        return found.public_id


def change_days(actor: Identity, public_id: str, draft: DeferralDraft, *, now: datetime) -> None:
    """
    Say it anew. Lots that the new days touch are kept back; those they no longer touch stay so until she says
    otherwise. Raises as :func:`keep_days_back` does.
    """
    with transaction() as session:
        row = _own(session, actor, public_id)
        _require_sound(actor, draft, now=now)
        row.kind, row.first_day, row.last_day = Kind(draft.kind or row.kind), draft.days.first, draft.days.last
        session.flush()
        excluding.reconsider(session, actor.person_id, now=now)


def end_today(actor: Identity, public_id: str, *, now: datetime) -> None:
    """Say that today is the last day of what still goes on; what has ended stays as it is."""
    with transaction() as session:
        row = _own(session, actor, public_id)
        today = today_of(actor.person_id, now)
        if row.last_day is None or row.last_day > today:
            row.last_day = max(today, row.first_day)
            session.flush()
            excluding.reconsider(session, actor.person_id, now=now)


def delete_days(actor: Identity, public_id: str, *, now: datetime) -> None:  # noqa: ARG001 - every use-case takes it.
    """Forget an entry. The lots it kept back stay kept back, and nothing tells any more for which days."""
    with transaction() as session:
        row = _own(session, actor, public_id)
        _forget(session, [row])


def forget_days_of(person_id: int) -> None:
    """Forget all entries of somebody: her consent has ended, or her account does. Her lots stay kept back."""
    with transaction() as session:
        holding.alone(session, person_id)
        _forget(session, session.scalars(select(Deferral).where(Deferral.donor_id == person_id)).all())


def say_which_bags(actor: Identity, lot_public_id: str, from_these_days: Taken, *, now: datetime) -> str:
    """
    Say how many bags of each size are from the days kept back, and return the public id of the lot these are in now.

    Some of them become a lot of their own, which stays kept back; the rest may be given again. All of them leave the
    lot as it is, kept back; none gives it back. An answer may be corrected. Raises :class:`Invalid` when there are not
    so many bags, :class:`Conflict` when there is nothing to say: no day is shared, or all are.
    """
    with transaction() as session:
        holding.alone(session, actor.person_id)
        row = _own_lot(session, actor, lot_public_id)
        asked = _asked_of(session, row)
        led_to = row.public_id
        if _are_all_bags(session, row, from_these_days):
            _stand(session, asked, Standing.INSIDE)
        else:
            if any(from_these_days.values()):
                led_to = split_off(actor, lot_public_id, from_these_days, now=now)
                _stand(session, _asked_of(session, _own_lot(session, actor, led_to)), Standing.INSIDE)
            _stand(session, asked, Standing.OUTSIDE)
        excluding.align(session, row, now=now)
        return led_to


def give_again(actor: Identity, lot_public_id: str, *, now: datetime) -> None:
    """
    Say that a lot which none of her days touches any more may be given again.

    Raises :class:`Conflict` while days of hers keep it back.
    """
    with transaction() as session:
        holding.alone(session, actor.person_id)
        row = _own_lot(session, actor, lot_public_id)
        holds = holding.holds_of(session, row)
        if any(each.deferral_id is not None and each.standing != Standing.OUTSIDE for each in holds):
            raise Conflict(N_("Days you keep back touch this lot. Please change those days first."), code="days_kept")
        for each in holds:
            if each.deferral_id is None:
                session.delete(each)
        session.flush()
        excluding.align(session, row, now=now)


def told_days(kind: Kind, days: Days) -> Days:
    """The days whose milk a withdrawal for such an entry reaches: an infection counts from some days before it."""
    return Days(days.first - BEFORE_SIGNS, days.last) if kind in _INFECTIONS else days


def tell_families(actor: Identity, public_id: str, *, now: datetime) -> str | None:
    """
    Withdraw the milk of an entry's days, up to today, and return the withdrawal's token.

    None when no milk of these days is left to withdraw. Families are told what to do, never who or why.
    """
    with transaction() as session:
        row = _own(session, actor, public_id)
        kind, today = Kind(row.kind), today_of(actor.person_id, now)
        reached = told_days(kind, _days(row))
        scope = Scope(days=(reached.first, min(reached.last or today, today)))
        reason = Reason.INFECTION if kind in _INFECTIONS else Reason.SUBSTANCE
        return withdrawals.open_withdrawal(
            actor.person_id, reason, opened_as=OpenedAs.DEFERRAL, opened_by_id=actor.person_id, scope=scope, now=now
        )


def _begin(session: Session, actor: Identity, kind: Kind, days: Days, token: str, *, now: datetime) -> str:
    row = Deferral(
        public_id=new_public_id(), donor_id=actor.person_id, kind=kind, first_day=days.first, last_day=days.last,
        submit_token=token, created_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    public_id = row.public_id
    excluding.reconsider(session, actor.person_id, now=now)
    return public_id


def _require_sound(actor: Identity, draft: DeferralDraft, *, now: datetime) -> None:
    reasons = check(draft, today=today_of(actor.person_id, now))
    if not _agreed(actor):
        reasons[AGREE_FIELD] = [_NOT_AGREED]
    if reasons:
        raise Invalid(reasons)


def _require_agreed(actor: Identity) -> None:
    if not _agreed(actor):
        raise Invalid({AGREE_FIELD: [_NOT_AGREED]})


def _agreed(actor: Identity) -> bool:
    return active_consent(actor.person_id, Purpose.HEALTH_DAYS)


def _own(session: Session, actor: Identity, public_id: str) -> Deferral:
    """The actor's own entry, with nobody else at her lots; another's is :class:`NotFound`."""
    holding.alone(session, actor.person_id)
    row = session.scalar(select(Deferral).where(Deferral.public_id == public_id))
    if row is None:
        raise NotFound
    authorise(actor, KEEP_DAYS, row)
    return row


def _own_lot(session: Session, actor: Identity, public_id: str) -> Lot:
    row = session.scalar(select(Lot).where(Lot.public_id == public_id).with_for_update())
    if row is None:
        raise NotFound
    authorise(actor, KEEP, row)
    return row


def _entries_like(session: Session, row: Deferral) -> Sequence[Deferral]:
    alike = select(Deferral).where(Deferral.donor_id == row.donor_id, Deferral.kind == row.kind)
    return session.scalars(alike.order_by(Deferral.first_day, Deferral.id)).all()


def _days(row: Deferral) -> Days:
    return Days(row.first_day, row.last_day)


def _forget(session: Session, rows: Sequence[Deferral]) -> None:
    gone = [row.id for row in rows]
    holding.let_go(session, session.scalars(select(LotHold).where(LotHold.deferral_id.in_(gone))).all())
    for row in rows:
        session.delete(row)
    session.flush()


def _asked_of(session: Session, row: Lot) -> list[LotHold]:
    """The standings she can answer for: days that share some, but not all, of the lot's."""
    record = session.get_one(CustodyLot, row.custody_id)
    whole: tuple[date | None, date | None] = (record.pumped_from, record.pumped_to)
    holds = [each for each in holding.holds_of(session, row) if each.deferral_id is not None]
    if any((each.first_day, each.last_day) == whole for each in holds):
        raise Conflict(N_("All days of this lot are days you keep back."), code="all_days_kept")
    asked = [each for each in holds if each.standing != Standing.OUTSIDE]
    if not asked:
        raise Conflict(N_("No day you keep back is open for this lot."), code="nothing_asked")
    return asked


def _stand(session: Session, holds: Sequence[LotHold], standing: Standing) -> None:
    for each in holds:
        each.standing = standing
    session.flush()


def _are_all_bags(session: Session, row: Lot, taken: Taken) -> bool:
    there = {each.size_ml: each.count - each.gone for each in _bags(session, row)}
    return all(taken.get(size, 0) == left for size, left in there.items()) and set(taken) <= set(there)


def _bags(session: Session, row: Lot) -> Sequence[LotBags]:
    return session.scalars(select(LotBags).where(LotBags.lot_id == row.id)).all()
