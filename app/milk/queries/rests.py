"""Whether a donor's giving rests until a moderator has looked."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.infra.transaction import session
from app.milk.models import GivingRest, Withdrawal
from app.milk.rules.withdrawals import OpenedAs, Reason


@dataclass(frozen=True, slots=True)
class RestView:
    """Since when a rest goes on, and the withdrawal that began it; ``person_id`` is None once its donor has left."""

    id: int
    person_id: int | None
    began_at: datetime
    withdrawal_token: str
    reason: Reason
    opened_as: OpenedAs


def rest_of(person_id: int) -> RestView | None:
    """The rest of somebody's giving that goes on, None when there is none; whoever asks has been authorised."""
    return _read(GivingRest.person_id == person_id, GivingRest.lifted_at.is_(None))


def rest(rest_id: int) -> RestView | None:
    """A rest, also one that is over or whose donor has left; None when there is none."""
    return _read(GivingRest.id == rest_id)


def giving_rests(person_id: int) -> bool:
    """Whether somebody gives nothing new just now."""
    going_on = select(GivingRest.id).where(GivingRest.person_id == person_id, GivingRest.lifted_at.is_(None))
    return session().scalar(going_on) is not None


def _read(*which: object) -> RestView | None:
    found = select(
        GivingRest.id, GivingRest.person_id, GivingRest.began_at, Withdrawal.token, Withdrawal.reason,
        Withdrawal.opened_as,
    ).join(Withdrawal, Withdrawal.id == GivingRest.withdrawal_id)  # fmt: skip
    row = session().execute(found.where(*which)).one_or_none()  # type: ignore[arg-type]
    if row is None:
        return None
    return RestView(row.id, row.person_id, row.began_at, row.token, Reason(row.reason), OpenedAs(row.opened_as))
