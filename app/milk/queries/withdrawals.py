"""What a withdrawal reaches, what families answered, and what those may see who began it or look after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import CTE, ColumnElement, Select, exists, func, or_, select

from app.infra.database import db
from app.infra.transaction import session
from app.kernel.access import Identity, Role, authorise
from app.kernel.errors import NotFound
from app.kernel.quantities import Millilitres
from app.milk.models import (
    CustodyEntry,
    CustodyHolding,
    CustodyLot,
    Holder,
    Lot,
    LotPromise,
    RecallContact,
    Withdrawal,
    WithdrawalHolder,
    WithdrawalLot,
    WithdrawalNotice,
)
from app.milk.permissions import LIST, LOOK_BACK, SEE_WITHDRAWAL
from app.milk.rules.ledger import Entry
from app.milk.rules.withdrawals import FED_LATELY, TRIES, Level, OpenedAs, Reason, Scope, State

NEWEST: Final = 100
"""Withdrawals on one page."""


@dataclass(frozen=True, slots=True)
class ReachedLot:
    """A lot that a withdrawal reaches: its days, what was made, and what of it went to families."""

    code: str
    pumped_from: date
    pumped_to: date
    made_ml: Millilitres
    given_ml: Millilitres
    left_ml: Millilitres


@dataclass(frozen=True, slots=True)
class Reach:
    """What a withdrawal would reach: lots, oldest milk first, and how many families hold or held of them."""

    lots: tuple[ReachedLot, ...]
    families: int

    @property
    def given_ml(self) -> Millilitres:
        """What went to families."""
        return Millilitres(sum(lot.given_ml for lot in self.lots))

    @property
    def left_ml(self) -> Millilitres:
        """What is still at the donor's."""
        return Millilitres(sum(lot.left_ml for lot in self.lots))


@dataclass(frozen=True, slots=True)
class Numbers:
    """
    How a withdrawal stands, in numbers only.

    ``unreached`` are handoffs behind which nobody is left to tell; ``silent`` families were tried three times.
    """

    lots: int
    told: int
    answered: int
    silent: int
    unreached: int
    fed_ml: Millilitres
    stored_ml: Millilitres
    discarded_ml: Millilitres


@dataclass(frozen=True, slots=True)
class WithdrawalView:
    """A withdrawal for its donor or the team; ``opened_by`` and ``reason`` are the team's to see, and its own."""

    id: int
    token: str
    donor_id: int | None
    opened_by_id: int | None
    opened_as: OpenedAs
    reason: Reason
    days: tuple[date, date] | None
    state: State
    opened_at: datetime
    escalated_at: datetime | None
    closed_at: datetime | None

    def shows_reason_to(self, actor: Identity) -> bool:
        """
        Whether ``actor`` may read why, of which days and from where: who began it, and the team.

        What came of a donor's own calendar is hers alone: the team reads that it is there, and how it stands.
        """
        if self.opened_as is OpenedAs.DEFERRAL:
            return actor.person_id == self.opened_by_id
        return actor.person_id == self.opened_by_id or actor.has(Role.MODERATOR) or actor.has(Role.SCREENER)


@dataclass(frozen=True, slots=True)
class HeldLot:
    """One withdrawn lot at a family: what it received, and what it has not used up as far as it said."""

    lot_id: int
    code: str
    received_ml: Millilitres
    left_ml: Millilitres


@dataclass(frozen=True, slots=True)
class FamilyNotice:
    """What a family's page shows: nothing of the donor or the reason is in it."""

    id: int
    withdrawal_id: int
    token: str
    level: Level
    person_id: int | None
    answered_at: datetime | None
    told_at: datetime
    lots: tuple[HeldLot, ...]


def in_scope(donor_id: int | None, scope: Scope) -> CTE:
    """The lots of a scope and all that were ever split off from them, as ``id``."""
    found = _chosen(donor_id, scope).cte("reached", recursive=True)
    split = select(CustodyEntry.other_lot_id).where(CustodyEntry.kind == Entry.SPLIT, CustodyEntry.lot_id == found.c.id)
    return found.union(split)


def _chosen(donor_id: int | None, scope: Scope) -> Select[Any]:
    if scope.code is not None:
        return select(CustodyLot.id).where(CustodyLot.code == scope.code)
    own = select(CustodyLot.id).join(Lot, Lot.custody_id == CustodyLot.id).where(Lot.donor_id == donor_id)
    if scope.days is not None:
        first, last = scope.days
        return own.where(CustodyLot.pumped_to >= first, CustodyLot.pumped_from <= last)
    if scope.fed_since is not None:
        moved = exists().where(
            CustodyEntry.lot_id == CustodyLot.id, CustodyEntry.at >= scope.fed_since,
            CustodyEntry.kind.in_((Entry.FED, Entry.HANDED_OVER)),
        )  # fmt: skip
        there = exists().where(
            CustodyHolding.lot_id == CustodyLot.id, CustodyHolding.received_ml > CustodyHolding.used_ml
        )
        met = exists().where(LotPromise.lot_id == Lot.id, LotPromise.met_at <= scope.fed_since + FED_LATELY)
        return own.where(or_(moved, there, met))
    return own.where(Lot.public_id.in_(scope.lot_public_ids))


def told_already(rank: int, *, but: int = 0) -> Select[Any]:
    """
    Lots of which another withdrawal than ``but`` told with words as urgent or more so.

    One that a moderator has yet to look at, or ended, told nobody, so that it stands in nobody's way.
    """
    others = select(WithdrawalLot.lot_id).join(Withdrawal, Withdrawal.id == WithdrawalLot.withdrawal_id)
    return others.where(
        Withdrawal.rank >= rank, Withdrawal.id != but, Withdrawal.state.not_in((State.REVIEW, State.ENDED))
    )


def covering(code: str, rank: int) -> tuple[str, OpenedAs] | None:
    """The newest withdrawal that told of the lot with this code in words as urgent: its token and who began it."""
    lots = select(WithdrawalLot.withdrawal_id).join(CustodyLot, CustodyLot.id == WithdrawalLot.lot_id)
    told = (Withdrawal.rank >= rank, Withdrawal.state.not_in((State.REVIEW, State.ENDED)))
    found = select(Withdrawal.token, Withdrawal.opened_as).where(Withdrawal.id.in_(lots.where(CustodyLot.code == code)))
    row = session().execute(found.where(*told).order_by(Withdrawal.id.desc()).limit(1)).one_or_none()
    return None if row is None else (row.token, OpenedAs(row.opened_as))


def reach(donor_id: int | None, scope: Scope, level: Level, *, waits: bool = False, now: datetime) -> Reach:
    """
    What a withdrawal would reach now; whoever asks has been authorised.

    One that ``waits`` for a moderator reaches also what was told of before.
    """
    found = in_scope(donor_id, scope)
    fresh = select(found.c.id) if waits else select(found.c.id).where(found.c.id.not_in(told_already(level)))
    rows = session().execute(
        select(CustodyLot).where(CustodyLot.id.in_(fresh)).order_by(CustodyLot.pumped_from, CustodyLot.id)
    )
    families = select(Holder.person_id, CustodyHolding.holder).select_from(CustodyHolding)
    families = families.outerjoin(Holder, Holder.holder == CustodyHolding.holder)
    families = families.where(CustodyHolding.lot_id.in_(fresh), _has_some(now)).distinct()
    people = {person or holder for person, holder in session().execute(families)}
    return Reach(tuple(_reached(row) for (row,) in rows), len(people))


def _has_some(now: datetime) -> ColumnElement[bool]:
    """Who received some, or may have it already because the meeting for which it is promised has begun."""
    begun = exists().where(
        LotPromise.holder == CustodyHolding.holder, LotPromise.met_at <= now, LotPromise.lot_id == Lot.id,
        Lot.custody_id == CustodyHolding.lot_id,
    )  # fmt: skip
    return or_(CustodyHolding.received_ml > 0, begun)


def _reached(row: CustodyLot) -> ReachedLot:
    left = row.made_ml - row.given_ml - row.ended_ml
    return ReachedLot(
        row.code, row.pumped_from, row.pumped_to, Millilitres(row.made_ml), Millilitres(row.given_ml), Millilitres(left)
    )


def donor_of_code(actor: Identity, code: str) -> int | None:
    """Whose lot has this code, for the team; None when its donor is gone. Raises :class:`NotFound` for no lot."""
    authorise(actor, LOOK_BACK)
    found = select(Lot.donor_id).select_from(CustodyLot).outerjoin(Lot, Lot.custody_id == CustodyLot.id)
    row = session().execute(found.where(CustodyLot.code == code)).one_or_none()
    if row is None:
        raise NotFound
    return None if row[0] is None else int(row[0])


def withdrawal_for(actor: Identity, token: str) -> WithdrawalView:
    """A withdrawal of the actor's own milk, or any for the team; :class:`NotFound` for everybody else."""
    row = db.session.scalar(select(Withdrawal).where(Withdrawal.token == token))
    if row is None:
        raise NotFound
    found = _view(row)
    authorise(actor, SEE_WITHDRAWAL, found)
    return found


def withdrawals_of(actor: Identity) -> list[WithdrawalView]:
    """Withdrawals of the actor's own milk, newest first."""
    authorise(actor, LIST)
    found = select(Withdrawal).where(Withdrawal.donor_id == actor.person_id).order_by(Withdrawal.id.desc())
    return [_view(row) for row in db.session.scalars(found.limit(NEWEST))]


def withdrawals(actor: Identity) -> list[WithdrawalView]:
    """All withdrawals for the team: those that wait to be looked at first, then the newest."""
    authorise(actor, LOOK_BACK)
    waits = (Withdrawal.state != State.REVIEW.value, Withdrawal.escalated_at.is_(None), Withdrawal.id.desc())
    return [_view(row) for row in db.session.scalars(select(Withdrawal).order_by(*waits).limit(NEWEST))]


def _view(row: Withdrawal) -> WithdrawalView:
    days = (row.pumped_from, row.pumped_to) if row.pumped_from and row.pumped_to else None
    return WithdrawalView(
        row.id, row.token, row.donor_id, row.opened_by_id, OpenedAs(row.opened_as), Reason(row.reason), days,
        State(row.state), row.opened_at, row.escalated_at, row.closed_at,
    )  # fmt: skip


def numbers(withdrawal_id: int) -> Numbers:
    """How a withdrawal stands; whoever asks has been authorised."""
    own = WithdrawalNotice.withdrawal_id == withdrawal_id
    silent = (WithdrawalNotice.tries >= TRIES) & WithdrawalNotice.next_try_at.is_(None)
    told, answered, quiet = session().execute(
        select(
            func.count(),
            func.count(WithdrawalNotice.answered_at),
            func.count().filter(silent & WithdrawalNotice.answered_at.is_(None)),
        ).where(own)
    ).one()  # fmt: skip
    lost = select(func.count()).select_from(WithdrawalHolder)
    lost = lost.outerjoin(RecallContact, RecallContact.holder == WithdrawalHolder.holder)
    lost = lost.outerjoin(WithdrawalNotice, WithdrawalNotice.id == WithdrawalHolder.notice_id)
    # An address that was deleted while it was being told: neither an answer nor three tries came of it.
    cut_off = WithdrawalNotice.contact.is_not(None) & WithdrawalNotice.answered_at.is_(None)
    nobody = (
        WithdrawalHolder.person_id.is_(None),
        WithdrawalHolder.notice_id.is_(None) | (cut_off & (WithdrawalNotice.tries < TRIES)),
        RecallContact.holder.is_(None),
    )
    lots = select(func.count()).where(WithdrawalLot.withdrawal_id == withdrawal_id)
    fed, stored, gone = _said(withdrawal_id)
    return Numbers(
        lots=session().scalar(lots) or 0, told=told, answered=answered, silent=quiet,
        unreached=session().scalar(lost.where(WithdrawalHolder.withdrawal_id == withdrawal_id, *nobody)) or 0,
        fed_ml=fed, stored_ml=stored, discarded_ml=gone,
    )  # fmt: skip


def _said(withdrawal_id: int) -> tuple[Millilitres, Millilitres, Millilitres]:
    """What families said of these lots since the withdrawal: fed, stored, discarded."""
    opened = select(Withdrawal.opened_at).where(Withdrawal.id == withdrawal_id).scalar_subquery()
    lots = select(WithdrawalLot.lot_id).where(WithdrawalLot.withdrawal_id == withdrawal_id)
    said = (
        select(CustodyEntry.kind, func.sum(CustodyEntry.volume_ml))
        .where(CustodyEntry.lot_id.in_(lots), CustodyEntry.holder.is_not(None), CustodyEntry.at >= opened)
        .group_by(CustodyEntry.kind)
    )
    found = {row[0]: Millilitres(row[1]) for row in session().execute(said)}
    fed, gone = (found.get(kind.value, Millilitres(0)) for kind in (Entry.FED, Entry.DISCARDED))
    return fed, _kept(withdrawal_id), gone


def _kept(withdrawal_id: int) -> Millilitres:
    """What families who answered still have of these lots, as far as they said."""
    lots = select(WithdrawalLot.lot_id).where(WithdrawalLot.withdrawal_id == withdrawal_id)
    left = (
        select(func.sum(CustodyHolding.received_ml - CustodyHolding.used_ml))
        .join(WithdrawalHolder, WithdrawalHolder.holder == CustodyHolding.holder)
        .join(WithdrawalNotice, WithdrawalNotice.id == WithdrawalHolder.notice_id)
        .where(WithdrawalHolder.withdrawal_id == withdrawal_id, WithdrawalNotice.answered_at.is_not(None))
        .where(CustodyHolding.lot_id.in_(lots))
    )
    return Millilitres(session().scalar(left) or 0)


def family_notice(token: str) -> FamilyNotice:
    """What stands on the page of one family; its token is the key to it. Raises :class:`NotFound`."""
    row = session().execute(
        select(WithdrawalNotice, Withdrawal)
        .join(Withdrawal, Withdrawal.id == WithdrawalNotice.withdrawal_id)
        .where(WithdrawalNotice.token == token)
    ).one_or_none()  # fmt: skip
    if row is None:
        raise NotFound
    notice, withdrawal = row
    lots = lots_of_notices([notice.id]).get(notice.id, ())
    return FamilyNotice(
        notice.id, withdrawal.id, notice.token, Level(withdrawal.rank), notice.person_id, notice.answered_at,
        withdrawal.opened_at, lots,
    )  # fmt: skip


def lots_of_notices(notice_ids: Sequence[int]) -> dict[int, tuple[HeldLot, ...]]:
    """The withdrawn lots that each of these families received, by the notice's id; each lot once."""
    held = (
        select(
            WithdrawalHolder.notice_id,
            CustodyLot.id,
            CustodyLot.code,
            func.sum(CustodyHolding.received_ml),
            func.sum(CustodyHolding.received_ml - CustodyHolding.used_ml),
        )
        .join(CustodyHolding, CustodyHolding.holder == WithdrawalHolder.holder)
        .join(
            WithdrawalLot,
            (WithdrawalLot.lot_id == CustodyHolding.lot_id)
            & (WithdrawalLot.withdrawal_id == WithdrawalHolder.withdrawal_id),
        )
        .join(CustodyLot, CustodyLot.id == CustodyHolding.lot_id)
        .where(WithdrawalHolder.notice_id.in_(notice_ids))
        .where(CustodyHolding.received_ml > 0)
        .group_by(WithdrawalHolder.notice_id, CustodyLot.id, CustodyLot.code)
        .order_by(CustodyLot.id)
    )
    found: dict[int, list[HeldLot]] = {}
    for notice_id, lot_id, code, received, left in session().execute(held):
        held_lot = HeldLot(lot_id, code, Millilitres(received), Millilitres(left))
        found.setdefault(int(notice_id or 0), []).append(held_lot)
    return {notice_id: tuple(lots) for notice_id, lots in found.items()}
