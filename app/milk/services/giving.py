"""
Promising and handing over milk of a lot: what the use-cases of handoffs call, inside their own transaction.

Who may do so has been decided above. Here it is decided whether this milk may be given at all: never milk that has
thawed, was withdrawn, is kept back, or is past its use-by day on the day of the meeting.
"""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.infra.transaction import transaction
from app.kernel.errors import Conflict, NotFound
from app.kernel.quantities import Millilitres
from app.milk.models import CustodyLot, Lot, LotPromise
from app.milk.rules.choosing import volume_of
from app.milk.rules.clock import days_left, deadline
from app.milk.rules.keeping import WHY_NOT, Kept, NotGiven, why_not_given
from app.milk.rules.ledger import Arrival
from app.milk.services import custody, holding
from app.milk.services.lots import count_gone, today_of
from app.milk.services.promised import Taken, free_bags, note_met, promise_bags, promises_of


class NotForOthers(Conflict):
    """This milk is not passed on; ``reason`` says why."""

    def __init__(self, reason: NotGiven) -> None:
        """Keep the reason and its words."""
        self.reason = reason
        super().__init__(WHY_NOT[reason], code=reason)


def promise(
    lot_public_id: str,
    holder: str,
    volume_ml: Millilitres,
    *,
    bags: Taken | None = None,
    on: date | None = None,
    meets_at: datetime | None = None,
    now: datetime,
) -> None:
    """
    Promise milk of a lot to ``holder``, the random token of a handoff, and which ``bags`` of it, when that is known.

    It must be of use ``on`` the donor's day of the meeting (today, unless given). From ``meets_at`` on the bags may be
    with their holder, although nobody has said so. Raises :class:`NotForOthers`,
    :class:`app.milk.rules.ledger.NotEnoughMilk`, :class:`Invalid` when there are not so many bags, or
    :class:`NotFound`.
    """
    with transaction() as session:
        custody.reserve(_givable(lot_public_id, on=on, now=now), holder, volume_ml, now=now)
        if bags:
            promise_bags(session, _row(lot_public_id).id, holder, bags, meets_at=meets_at)


def take_back(
    lot_public_id: str, holder: str, volume_ml: Millilitres, *, bags: Taken | None = None, now: datetime
) -> None:
    """Take a promise back, whatever became of the lot since; raises NotEnoughMilk when so much was not promised."""
    with transaction() as session:
        row = _row(lot_public_id)
        custody.release(row.custody_id, holder, volume_ml, now=now)
        if bags:
            free_bags(session, row.id, holder, bags)


def take_back_all(holder: str, *, now: datetime) -> None:
    """Take back every bag promised to a holder; nothing happens when none is."""
    with transaction() as session:
        # Again until nothing is: whoever held the lots before may have promised it others in place of these.
        while promises_of(session, holder=holder):
            for row, bags in _promised(session, holder=holder):
                custody.release(row.custody_id, holder, volume_of(bags), now=now)
                free_bags(session, row.id, holder, bags)


def release_promises(lot_public_id: str, *, now: datetime) -> tuple[str, ...]:
    """
    Leave nothing of a lot promised, and return every holder to whom some was: it is about to be kept back.

    Bags that have changed hands already (:func:`mark_met`), or may have because the time of the meeting has begun, are
    written down as handed over instead, in a condition nobody has told: a holder who is told for nothing loses little,
    one who is not told feeds them. Whether a donor whose meeting has begun is still to bring other bags, the handoff
    knows; so its holder is returned too.
    """
    released = []
    with transaction() as session:
        row = _row(lot_public_id)
        promises = promises_of(session, lot_id=row.id)
        for holder, volume in custody.promised_of(row.custody_id):
            met = min((each.met_at for each in promises if each.holder == holder and each.met_at), default=None)
            if met and met <= now:
                custody.hand_over(row.custody_id, holder, volume, Arrival.UNSAID, since=met, now=now)
            else:
                custody.release(row.custody_id, holder, volume, now=now)
            released.append(holder)
            free_bags(
                session,
                row.id,
                holder,
                _bags(each for each in promises if each.holder == holder),
                gone=bool(met and met <= now),
            )
    return tuple(released)


def mark_met(holder: str, *, on: date, now: datetime) -> None:
    """
    Keep that the milk promised to a holder has changed hands; how much and how it arrived is said later.

    What was promised and is not passed on ``on`` that day after all (it was put where it keeps less long) is promised
    no more.
    """
    with transaction() as session:
        for row, bags in _promised(session, holder=holder):
            if why_not(row.public_id, on=on, now=now) is not None:
                custody.release(row.custody_id, holder, volume_of(bags), now=now)
                free_bags(session, row.id, holder, bags)
        note_met(session, holder, now=now)


def give(
    lot_public_id: str,
    holder: str,
    volume_ml: Millilitres,
    arrival: Arrival,
    *,
    bags: Taken | None = None,
    on: date | None = None,
    now: datetime,
) -> None:
    """
    Record that ``holder`` received free milk of a lot, and which ``bags`` of it went, when that is known.

    The ledger counts the volume, which people measure; the bags are the donor's own count of what is left to label.
    Raises as :func:`promise` does.
    """
    with transaction() as session:
        custody.hand_over(_givable(lot_public_id, on=on, now=now), holder, volume_ml, arrival, now=now)
        if bags:
            count_gone(session, _row(lot_public_id), bags)


def give_promised(holder: str, arrival: Arrival, *, now: datetime) -> None:
    """
    Record that a holder received the bags promised to it, in which condition.

    Call :func:`mark_met` before: it decides what may be given, and what came later (it was withdrawn, say) does not
    undo that it is with its holder.
    """
    with transaction() as session:
        since = min((each.met_at for each in promises_of(session, holder=holder) if each.met_at), default=None)
        for row, bags in _promised(session, holder=holder):
            custody.hand_over(row.custody_id, holder, volume_of(bags), arrival, since=since, now=now)
            free_bags(session, row.id, holder, bags, gone=True)


def record_given(lot_public_id: str, holder: str, bags: Taken, *, since: datetime | None = None, now: datetime) -> None:
    """
    Record that a holder has had free bags of a lot since before it was withdrawn or kept back.

    For milk that was written down only after it had changed hands: what is with a family must be known, or it could not
    be told. How it arrived is not said.
    """
    with transaction() as session:
        row = _row(lot_public_id)
        volume = volume_of(bags)
        custody.hand_over(row.custody_id, holder, volume, Arrival.UNSAID, is_past=True, since=since, now=now)
        count_gone(session, row, bags)


def lock_lots(donor_id: int) -> None:
    """Let nobody else promise or move milk of this donor until the transaction ends."""
    with transaction() as session:
        holding.alone(session, donor_id)
        session.execute(select(Lot.id).where(Lot.donor_id == donor_id).order_by(Lot.id).with_for_update()).all()


def why_not(lot_public_id: str, *, on: date | None = None, now: datetime) -> NotGiven | None:
    """Why milk of a lot is not passed on ``on`` that day, None when it may be; its rows stay locked."""
    with transaction() as session:
        row = _row(lot_public_id)
        record = _record(session, row)
        use_by = deadline(Kept(row.kept), record.pumped_from, thawed_on=row.thawed_on).use_by
        left = days_left(use_by, today=on or today_of(row.donor_id, now))
        # Whether there is enough is the ledger's own to say.
        return why_not_given(
            thawed=row.thawed_on is not None, withdrawn=record.withdrawn, excluded=record.excluded, days_left=left,
            free_ml=1,
        )  # fmt: skip


def _givable(lot_public_id: str, *, on: date | None, now: datetime) -> int:
    """The record of a lot that may be given on that day, both rows locked."""
    reason = why_not(lot_public_id, on=on, now=now)
    if reason is not None:
        raise NotForOthers(reason)
    return _row(lot_public_id).custody_id


def _promised(session: Session, *, holder: str) -> list[tuple[Lot, dict[int, int]]]:
    """The lots of which bags are promised to a holder, locked in one order, with these bags."""
    named = {each.lot_id for each in promises_of(session, holder=holder)}
    if not named:
        return []
    rows = session.scalars(select(Lot).where(Lot.id.in_(named)).order_by(Lot.id).with_for_update()).all()
    # Read behind the lock: what was promised may have been taken back while this waited for it.
    found = promises_of(session, holder=holder)
    bags = [(row, _bags(each for each in found if each.lot_id == row.id)) for row in rows]
    return [(row, some) for row, some in bags if some]


def _bags(promises: Iterable[LotPromise]) -> dict[int, int]:
    return {each.size_ml: each.count for each in promises}


def _record(session: Session, row: Lot) -> CustodyLot:
    return session.scalars(select(CustodyLot).where(CustodyLot.id == row.custody_id).with_for_update()).one()


def _row(lot_public_id: str) -> Lot:
    with transaction() as session:
        row = session.scalar(select(Lot).where(Lot.public_id == lot_public_id).with_for_update())
        if row is None:
            raise NotFound
        return row
