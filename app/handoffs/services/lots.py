"""
The lots of a handoff: chosen by the donor, promised by the ledger in the transaction of the agreement, handed over when
the handoff is done.

The ledger counts what is written on the bags; the two amounts of a handoff are what people measured. A bag that is
promised here is promised to nobody else, whatever happens at the same moment: the donor's lots are locked before any
of them is chosen, and the ledger's constraints have the last word.
"""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.accounts.queries import person
from app.handoffs.models import Handoff, HandoffLot, HandoffWish
from app.handoffs.rules.lots import NO_BAGS, NOTHING_LEFT, NewLot, NoLotNamed, bag_problems, meant_bags, meeting_day
from app.handoffs.rules.plan import Problems
from app.handoffs.rules.states import UNMET, HandoffState
from app.handoffs.services.held_milk import HELD_SINCE, record, record_held
from app.kernel.access import Identity
from app.kernel.errors import Invalid, NotFound
from app.kernel.quantities import Millilitres
from app.messaging.services import post_card
from app.milk import queries as milk
from app.milk import services as ledger
from app.milk.queries import LotView
from app.milk.rules.choosing import ROUNDING, Chosen, Stock, choose, held_by, together, volume_of
from app.milk.rules.keeping import WHY_NOT
from app.milk.rules.ledger import Arrival, NotEnoughMilk
from app.milk.services import holders

CARD: Final = "disclosure"
"""The kind of the card that shows a family the lots of a handoff."""


def card_id(row: Handoff) -> str:
    """The id of that card: the handoff's own is the card of the meeting."""
    return f"lots-{row.public_id}"


def day_of(row: Handoff) -> date:
    """The donor's day of the meeting, on which milk must be of use."""
    return donors_day(row, row.window_end)


def donors_day(row: Handoff, moment: datetime) -> date:
    """The day that a moment is for the donor."""
    return meeting_day(moment, ZoneInfo(person(row.donor_id).timezone))


def written_for_rest(
    actor: Identity, row: Handoff, lot: NewLot, volume: Millilitres, named: Chosen, *, now: datetime
) -> Chosen:  # fmt: skip
    """
    A lot written down for what the bags named so far lack of so much milk, all of it chosen.

    Nothing when the same was sent before. Raises :class:`Invalid`, also when they lack nothing.
    """
    if lot.submit_token and milk.lot_by_token(actor, lot.submit_token):
        return {}
    rest = Millilitres(volume - held_by(named))
    if rest <= 0:
        raise Invalid({"pumped_from": [NOTHING_LEFT]})
    return written(actor, row, lot, rest, now=now)


def written(actor: Identity, row: Handoff, lot: NewLot, volume: Millilitres, *, now: datetime) -> Chosen:
    """
    Keep a lot of the donor's own and choose all of it.

    Of two who have met, milk of days that are withdrawn or kept back by now is in the family's hands: it is written
    into the ledger as handed over at once, and nothing is left to choose.
    """
    draft, day, has_met = lot.draft(volume), day_of(row), row.state not in UNMET | {HandoffState.PROPOSED}
    given_on = min(day, ledger.today_of(row.donor_id, now)) if has_met else None
    try:
        public_id = ledger.make_lot(actor, draft, submit_token=lot.submit_token, on=given_on, now=now)
    except Invalid as error:
        known = {"pumped_from", "pumped_to", "kept", "heat"}
        raise Invalid({name if name in known else "amount": said for name, said in error.fields.items()}) from None
    bags = {int(each.size_ml): each.count for each in draft.bags}
    reason = ledger.why_not(public_id, on=day, now=now)
    if has_met and reason in HELD_SINCE:
        record(row, milk.lots_named([public_id], today=day)[public_id], bags, now=now)
        return {}
    if reason:
        raise Invalid({"pumped_from": [WHY_NOT[reason]]})
    return {public_id: bags}


def forget_wishes(session: Session, row: Handoff) -> None:
    """Keep nothing of what the donor chose for a proposal."""
    session.execute(delete(HandoffWish).where(HandoffWish.handoff_id == row.id))


def wished(session: Session, row: Handoff) -> Chosen:
    """The bags the donor chose for a proposal, without lots that are not passed on by now."""
    rows = session.scalars(select(HandoffWish).where(HandoffWish.handoff_id == row.id)).all()
    lots = {lot.id: lot for lot in milk.lots_to_give(row.donor_id, on=day_of(row))}
    wished: Chosen = {}
    for each in rows:
        if each.lot_id in lots:
            wished.setdefault(lots[each.lot_id].public_id, {})[each.size_ml] = each.count
    return wished


def promised(row: Handoff) -> Chosen:
    """The bags that are promised to a handoff."""
    return {each.lot.public_id: each.bags for each in milk.promised_to(row.holder, on=day_of(row))}


def promise_lots(session: Session, row: Handoff, *, now: datetime) -> None:
    """
    Promise the bags of a handoff that is being agreed: those the donor chose, if they are all still there; else the
    oldest, as near to the volume as whole bags come. None when she has written none down.
    """
    ledger.lock_lots(row.donor_id)
    stock, wish = milk.stock_of(row.donor_id, on=day_of(row)), wished(session, row)
    chosen = wish if wish and _are_there(wish, stock) else choose(stock, Millilitres(row.volume_ml))
    forget_wishes(session, row)
    promise_instead(row, chosen, now=now)
    if show_lots(session, row):
        post_card(row.conversation_id, row.donor_id, {CARD: card_id(row)}, now=now)


def _are_there(wanted: Chosen, stock: list[Stock]) -> bool:
    there = {each.lot: each.bags for each in stock}
    return all(count <= there.get(lot, {}).get(size, 0) for lot, bags in wanted.items() for size, count in bags.items())


def promise_instead(row: Handoff, wanted: Chosen, *, now: datetime) -> None:
    """Promise these bags to a handoff and no others."""
    if any(count < 0 for bags in wanted.values() for count in bags.values()):
        raise Invalid({"bags": [NO_BAGS]})
    day, before = day_of(row), promised(row)
    for public_id, bags in before.items():
        if wanted.get(public_id) != bags:
            ledger.take_back(public_id, row.holder, volume_of(bags), bags=bags, now=now)
    mine = milk.lots_named(wanted, today=day)
    for public_id, bags in wanted.items():
        if public_id not in mine or mine[public_id].donor_id != row.donor_id:
            raise NotFound
        if before.get(public_id) != bags and volume_of(bags):
            _promise(row, public_id, bags, day, now=now)
    if wanted:
        holders.register(row.holder, row.family_id, now=now)


def _promise(row: Handoff, public_id: str, bags: dict[int, int], day: date, *, now: datetime) -> None:
    counted = {size: count for size, count in bags.items() if count}
    try:
        ledger.promise(
            public_id, row.holder, volume_of(counted), bags=counted, on=day, meets_at=row.window_start, now=now
        )
    except NotEnoughMilk as error:
        raise Invalid({"bags": [error.message]}) from None


def show_lots(session: Session, row: Handoff) -> bool:
    """
    Keep what the family is shown of each lot that is promised or received, nothing of any other; whether there is one.

    A lot of which anything shown has changed is to be accepted anew.
    """
    rows = {each.custody_id: each for each in shown_lots(session, row)}
    custody = {each.lot.custody_id for each in milk.promised_to(row.holder, on=day_of(row))}
    custody |= {each.custody_id for each in milk.received_by([row.holder])}
    for custody_id in rows.keys() - custody:
        session.delete(rows[custody_id])
    for custody_id, lot in milk.lots_by_custody(custody, today=day_of(row)).items():
        _show(session, row, rows.get(custody_id), lot)
    session.flush()
    return bool(custody)


def _show(session: Session, row: Handoff, before: HandoffLot | None, lot: LotView) -> None:
    shown = {
        "kept": lot.kept,
        "heat": lot.heat,
        "use_by": lot.clock.use_by,
        "statement_version": lot.statement.version if lot.statement else None,
    }
    if before is None:
        session.add(HandoffLot(handoff_id=row.id, custody_id=lot.custody_id, **shown))
    elif any(getattr(before, name) != value for name, value in shown.items()):
        for name, value in shown.items():
            setattr(before, name, value)
        before.accepted_at = None


def shown_lots(session: Session, row: Handoff) -> list[HandoffLot]:
    """What the family is shown, as it was written."""
    wanted = select(HandoffLot).where(HandoffLot.handoff_id == row.id).execution_options(populate_existing=True)
    return list(session.scalars(wanted))


def is_accepted(session: Session, row: Handoff) -> bool:
    """Whether the family has accepted all that it is shown, and is shown anything."""
    rows = shown_lots(session, row)
    return bool(rows) and all(each.accepted_at for each in rows)


def mark_met(session: Session, row: Handoff, *, now: datetime) -> None:
    """Keep that the promised bags have changed hands."""
    ledger.lock_lots(row.donor_id)
    ledger.mark_met(row.holder, on=day_of(row), now=now)
    show_lots(session, row)


def say_given(
    session: Session, row: Handoff, actor: Identity | None, amount: Millilitres, *, bags: Chosen | None,
    lot: NewLot | None, now: datetime,
) -> None:  # fmt: skip
    """
    Let the bags of a handoff that was met be those that were really given.

    ``bags`` are what the donor says; None means those promised, as far as they can have held ``amount``. ``lot`` is
    written down for the rest. Milk that is in the ledger as handed over stays there; but that may be bags which were
    only taken for handed over when the meeting began, so that before the handoff is done what she names counts for all
    of the amount too. ``actor`` is None for time. Raises :class:`Invalid`.
    """
    ledger.lock_lots(row.donor_id)
    need = _lacks(row, amount)
    if need <= ROUNDING and need < amount and not bags and lot is None:
        return
    before = promised(row)
    target = bags if bags is not None else before if lot else None
    if target is None:
        target = meant_bags(before, milk.stock_of(row.donor_id, on=day_of(row)), need)
    if lot is not None and actor is not None:
        whole = need if need > held_by(target) or row.state == HandoffState.CONFIRMED else amount
        target = together(target, written_for_rest(actor, row, lot, whole, target, now=now))
        need = _lacks(row, amount)
    # What time settles is not refused: those bags are what anybody has said.
    if actor is not None and (problems := _problems(row, target, need, amount)):
        raise Invalid(problems)
    promise_instead(row, record_held(row, target, day_of(row), now=now), now=now)
    ledger.mark_met(row.holder, on=day_of(row), now=now)
    show_lots(session, row)


def _lacks(row: Handoff, amount: Millilitres) -> Millilitres:
    """What of an amount the ledger has not as handed over."""
    return Millilitres(max(0, amount - sum(each.received_ml for each in milk.received_by([row.holder]))))


def _problems(row: Handoff, bags: Chosen, need: Millilitres, amount: Millilitres) -> Problems:
    """Why these bags cannot be the rest, nor, before the handoff is done, all of the amount."""
    problems = bag_problems(bags, need)
    if not problems or not bags or row.state == HandoffState.CONFIRMED:
        return problems
    return problems if bag_problems(bags, amount) else {}


def hand_over(session: Session, row: Handoff, *, now: datetime) -> None:
    """
    Write into the ledger that the family received the promised bags, and how they arrived.

    Raises :class:`NoLotNamed` when there is no milk that it can have received: no handoff is done without a lot.
    """
    arrival = Arrival(row.condition) if row.condition else Arrival.UNSAID
    ledger.give_promised(row.holder, arrival, now=now)
    if not milk.received_by([row.holder]):
        raise NoLotNamed
    show_lots(session, row)


def names_lots(row: Handoff) -> bool:
    """Whether any milk is promised to a handoff or was received by it."""
    return bool(promised(row) or milk.received_by([row.holder]))


def let_go(session: Session, row: Handoff, *, now: datetime) -> None:
    """Leave nothing promised to a handoff that fell through."""
    forget_wishes(session, row)
    ledger.take_back_all(row.holder, now=now)
    holders.forget(row.holder)
    show_lots(session, row)
