"""
Withdraw milk: everything that must be so at once, in one transaction.

The lots of the scope and all that were split off from them are marked, so that none of it is promised or given any
more; promises are taken back; who holds some is written down, and the jobs that tell them are laid out. Statements go
over whole sets of rows: a withdrawal of ten thousand lots is a second's work, not ten thousand.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, func, insert, literal, select, update
from sqlalchemy.orm import Session

from app.infra import event_bus
from app.infra.transaction import transaction
from app.kernel.access import Identity, Role, authorise
from app.kernel.errors import Invalid
from app.kernel.ids import new_public_id
from app.milk import queries
from app.milk.events import PromisesTakenBack, WithdrawalOpened
from app.milk.models import (
    CustodyEntry,
    CustodyHolding,
    CustodyLot,
    Holder,
    Lot,
    Withdrawal,
    WithdrawalHolder,
    WithdrawalLot,
)
from app.milk.permissions import LIST
from app.milk.queries.withdrawals import Reach, in_scope, told_already
from app.milk.rules.ledger import Entry
from app.milk.rules.withdrawals import (
    LEVELS,
    MOST_BY_CODE,
    SAME_REPORT,
    Draft,
    NothingToWithdraw,
    OpenedAs,
    Reason,
    Scope,
    State,
    check,
    looked_at_first,
    rests_giving,
    scope_of,
)
from app.milk.services import giving, holding, rests, telling
from app.milk.services.lots import today_of

_CORE: Final[dict[str, Any]] = {"synchronize_session": False}


def open_withdrawal(
    donor_id: int | None,
    reason: Reason,
    *,
    opened_as: OpenedAs,
    opened_by_id: int | None,
    scope: Scope,
    now: datetime,
) -> str | None:
    """
    Withdraw milk at once and return the withdrawal's token; None when nothing is in scope that was not withdrawn with
    words as urgent before, so that the same action twice tells nobody twice.

    What a moderator looks at first is a report of its own, whatever is held already: a second baby may be ill. Only the
    same said again within :data:`SAME_REPORT` is the first one, whose token is returned. Asks nobody's permission:
    whoever calls has authorised.
    """
    rank = LEVELS[reason]
    state = State.REVIEW if looked_at_first(reason, opened_as) else State.TELLING
    first, last = scope.days or (None, None)
    with transaction() as session:
        if donor_id is not None:
            # Nobody splits off, writes down or gives of this milk while it is worked out what is reached.
            holding.alone(session, donor_id)
            giving.lock_lots(donor_id)
        row = Withdrawal(
            token=new_public_id(), donor_id=donor_id, opened_by_id=opened_by_id, opened_as=opened_as, reason=reason,
            rank=rank, pumped_from=first, pumped_to=last, state=state, opened_at=now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        reached, earlier = _reach(session, row, donor_id, scope), _just_said(session, row)
        if not reached or earlier is not None:
            _drop(session, row)
            return earlier
        _hold_back(session, row, now=now)
        event_bus.record(WithdrawalOpened(at=now, withdrawal_id=row.id, must_be_looked_at=state is State.REVIEW))
        if state is State.REVIEW or opened_as is OpenedAs.CODE:
            telling.tell_team(row.token, "look", now=now)
        if donor_id is not None and rests_giving(reason):
            rests.begin(donor_id, row.id, now=now)
        if state is State.TELLING:
            telling.lay_out(session, row.id, now=now)
        return row.token


def _reach(session: Session, row: Withdrawal, donor_id: int | None, scope: Scope) -> int:
    """Write down the lots it reaches, locked until the end; how many there are."""
    found = in_scope(donor_id, scope)
    session.execute(insert(WithdrawalLot).from_select(["withdrawal_id", "lot_id"], select(literal(row.id), found.c.id)))
    own = _lots_of(row.id)
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(CustodyLot.id).where(CustodyLot.id.in_(own)).order_by(CustodyLot.id).with_for_update())
    mine = WithdrawalLot.withdrawal_id == row.id
    if row.state != State.REVIEW:
        drop_told(session, row)
    return session.scalar(select(func.count()).where(mine)) or 0


def _just_said(session: Session, row: Withdrawal) -> str | None:
    """
    The token of the newest report that waits, holds all these lots and was begun in the same way: a moment ago, or, by
    a recall code, when as many as may wait do so; else None.
    """
    if row.state != State.REVIEW:
        return None
    same = (
        select(Withdrawal)
        .where(Withdrawal.id != row.id, Withdrawal.state == State.REVIEW, Withdrawal.reason == row.reason)
        .where(Withdrawal.opened_as == row.opened_as, Withdrawal.opened_by_id.is_not_distinct_from(row.opened_by_id))
        .order_by(Withdrawal.id.desc())
    )
    mine = set(session.scalars(_lots_of(row.id)))
    waiting = [each for each in session.scalars(same) if mine <= set(session.scalars(_lots_of(each.id)))]
    enough = row.opened_as == OpenedAs.CODE and len(waiting) >= MOST_BY_CODE
    return next((each.token for each in waiting if enough or each.opened_at > row.opened_at - SAME_REPORT), None)


def _drop(session: Session, row: Withdrawal) -> None:
    """Leave nothing of a withdrawal that is none."""
    session.execute(delete(WithdrawalLot).where(WithdrawalLot.withdrawal_id == row.id), execution_options=_CORE)
    session.delete(row)
    session.flush()


def drop_told(session: Session, row: Withdrawal) -> None:
    """
    Leave out lots of which another withdrawal told with words as urgent, and who has none of the others.

    Lots that only wait with another one stay: that one may end, and then this one alone holds them.
    """
    mine = WithdrawalLot.withdrawal_id == row.id
    told = told_already(row.rank, but=row.id)
    session.execute(delete(WithdrawalLot).where(mine, WithdrawalLot.lot_id.in_(told)), execution_options=_CORE)
    has_some = select(CustodyHolding.holder).where(
        CustodyHolding.lot_id.in_(_lots_of(row.id)), CustodyHolding.received_ml > 0
    )
    without = (WithdrawalHolder.withdrawal_id == row.id, WithdrawalHolder.holder.not_in(has_some))
    session.execute(delete(WithdrawalHolder).where(*without), execution_options=_CORE)


def _lots_of(withdrawal_id: int) -> Any:  # noqa: ANN401 - a subquery, whose type its library keeps to itself.
    return select(WithdrawalLot.lot_id).where(WithdrawalLot.withdrawal_id == withdrawal_id)


def _hold_back(session: Session, row: Withdrawal, *, now: datetime) -> None:
    """Take promises back, mark the lots, say so in the ledger, and write down who holds some."""
    own = _lots_of(row.id)
    _release(session, own, now=now)
    fresh = CustodyLot.id.in_(own) & CustodyLot.withdrawn.is_(False)
    line = select(CustodyLot.id, literal(Entry.WITHDRAWN.value), CustodyLot.made_ml, literal(now, CustodyEntry.at.type))
    session.execute(insert(CustodyEntry).from_select(["lot_id", "kind", "volume_ml", "at"], line.where(fresh)))
    session.execute(
        update(CustodyLot).where(fresh).values(withdrawn=True), execution_options={"synchronize_session": False}
    )
    session.expire_all()
    holders = (
        select(literal(row.id), CustodyHolding.holder, Holder.person_id)
        .outerjoin(Holder, Holder.holder == CustodyHolding.holder)
        .where(CustodyHolding.lot_id.in_(own), CustodyHolding.received_ml > 0)
        .distinct()
    )
    session.execute(insert(WithdrawalHolder).from_select(["withdrawal_id", "holder", "person_id"], holders))


def _release(session: Session, own: Any, *, now: datetime) -> None:  # noqa: ANN401 - as above.
    """
    Nothing of these lots stays promised. What changed hands, or may have because its meeting has begun, counts as
    handed over, and its family is told; who meets later has none of it and is not.
    """
    promised = (
        select(Lot.public_id)
        .join(CustodyLot, CustodyLot.id == Lot.custody_id)
        .where(CustodyLot.id.in_(own), CustodyLot.reserved_ml > 0)
        .order_by(Lot.id)
    )
    holders: set[str] = set()
    for public_id in session.scalars(promised).all():
        holders.update(giving.release_promises(public_id, now=now))
    if holders:
        event_bus.record(PromisesTakenBack(at=now, holders=tuple(sorted(holders))))


def look(actor: Identity, draft: Draft, *, code: str | None = None, now: datetime) -> tuple[Scope, Reach]:
    """
    What a withdrawal would reach, before it is sent: of the actor's own milk, or with ``code`` of that lot's donor.

    Raises :class:`Invalid` with the reasons by field, :class:`NotFound` for a code of no lot.
    """
    donor_id, scope = _understood(actor, draft, code, now=now)
    reason = _reason(draft)
    waits = looked_at_first(reason, _acting(actor, code))
    return scope, queries.reach(donor_id, scope, LEVELS[reason], waits=waits, now=now)


def withdraw(actor: Identity, draft: Draft, *, code: str | None = None, now: datetime) -> str:
    """
    Withdraw milk and return the withdrawal's token: the actor's own, or with ``code`` that lot's donor's (the team).

    Raises as :func:`look` does, and :class:`NothingToWithdraw`.
    """
    with transaction():
        donor_id, scope = _understood(actor, draft, code, now=now)
        made = open_withdrawal(
            donor_id, _reason(draft), opened_as=_acting(actor, code), opened_by_id=actor.person_id, scope=scope, now=now
        )
        if made is None:
            raise NothingToWithdraw
        return made


def _acting(actor: Identity, code: str | None) -> OpenedAs:
    if code is None:
        return OpenedAs.DONOR
    return OpenedAs.MODERATOR if actor.has(Role.MODERATOR) else OpenedAs.SCREENER


def _reason(draft: Draft) -> Reason:
    if draft.reason is None:
        raise Invalid({})
    return draft.reason


def _understood(actor: Identity, draft: Draft, code: str | None, *, now: datetime) -> tuple[int | None, Scope]:
    """Whose milk a draft is about, and how far it reaches."""
    if code is None:
        authorise(actor, LIST)
        donor_id: int | None = actor.person_id
    else:
        donor_id = queries.donor_of_code(actor, code)
    today = today_of(donor_id or actor.person_id, now)
    alone = code is not None and (donor_id is None or draft.reason is Reason.STORAGE)
    if (reasons := check(draft, today=today)) and not (alone and list(reasons) == ["lots"]):
        raise Invalid(reasons)
    return donor_id, Scope(code=code) if alone else scope_of(draft, now=now, today=today)
