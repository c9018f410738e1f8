"""
Let a donor's giving rest until a moderator has looked: nothing of hers is found, promised or planned anew meanwhile.

Most who come here told it themselves. Nothing is taken from her: her account, her talks and what is agreed go on.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from app.accounts.queries import person
from app.infra import event_bus
from app.infra.transaction import transaction
from app.milk.events import GivingRested
from app.milk.models import GivingRest, Withdrawal
from app.milk.queries import giving_rests
from app.milk.rules.withdrawals import GivesNothingNow
from app.notifications.services import notify


def begin(person_id: int, withdrawal_id: int, *, now: datetime) -> None:
    """
    Let somebody's giving rest because of a withdrawal of her milk, and tell her; one that rests already goes on.

    Joins the caller's transaction, who has authorised. :class:`GivingRested` is recorded either way, for another
    withdrawal is another reason to look.
    """
    with transaction() as session:
        insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
        row = {"person_id": person_id, "withdrawal_id": withdrawal_id, "began_at": now}
        session.execute(insert(GivingRest).values(row).on_conflict_do_nothing())
        going_on = select(GivingRest.id).where(GivingRest.person_id == person_id, GivingRest.lifted_at.is_(None))
        rest_id = session.scalars(going_on).one()
        token = session.get_one(Withdrawal, withdrawal_id).token
        event_bus.record(GivingRested(at=now, rest_id=rest_id, person_id=person_id))
        notify(person_id, "giving_rests", item=f"rest:{rest_id}", path=f"/milk/withdrawals/{token}", mail=True, now=now)


def require_giving(donor_id: int) -> None:
    """
    Raise :class:`GivesNothingNow` while a donor's giving rests.

    It goes on until the caller's transaction is through when her lots are locked
    (:func:`app.milk.services.giving.lock_lots`), for whoever lets it rest locks them first; else it is a first look.
    """
    if giving_rests(donor_id):
        raise GivesNothingNow


def lift(rest_id: int, moderator_id: int, *, now: datetime) -> bool:
    """
    Let a donor give again, and tell her; whether this call did it. Her offers stay paused until she shows them again.

    Of one who has left it is written down that somebody looked. For moderation, which has authorised.
    """
    with transaction() as session:
        over = update(GivingRest).where(GivingRest.id == rest_id, GivingRest.lifted_at.is_(None))
        done = session.execute(over.values(lifted_at=now, lifted_by_id=moderator_id)).rowcount  # type: ignore[attr-defined]
        if not done:
            return False
        person_id = session.scalars(select(GivingRest.person_id).where(GivingRest.id == rest_id)).one()
        if person_id is not None:
            notify(person_id, "giving_goes_on", item=f"rest:{rest_id}:over", path="/posts", mail=True, now=now)
        return True


def unname(person_id: int) -> None:
    """
    Let no rest name somebody who leaves; what goes on is still looked at, and lifts nothing.

    Her own goes on as long as her account is open: nobody gives again by half of a goodbye. Joins the caller's
    transaction.
    """
    with transaction() as session:
        if not person(person_id).active:
            session.execute(update(GivingRest).where(GivingRest.person_id == person_id).values(person_id=None))
        session.execute(update(GivingRest).where(GivingRest.lifted_by_id == person_id).values(lifted_by_id=None))
