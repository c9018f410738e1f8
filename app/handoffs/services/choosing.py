"""What the two say about the lots of a handoff before they meet: the donor chooses bags, the family accepts them."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.handoffs.events import HandoffUpdated
from app.handoffs.models import Handoff, HandoffWish
from app.handoffs.permissions import ACCEPT_LOTS, NAME_LOTS
from app.handoffs.rules.lots import NO_BAGS, NewLot
from app.handoffs.rules.plan import HandoffDraft
from app.handoffs.rules.states import HELD, UNMET, HandoffState
from app.handoffs.services.changes import happened, load_for, tell
from app.handoffs.services.lots import (
    day_of,
    donors_day,
    forget_wishes,
    is_accepted,
    promise_instead,
    promised,
    show_lots,
    shown_lots,
    wished,
    written_for_rest,
)
from app.infra import event_bus
from app.infra.transaction import transaction
from app.kernel.access import Identity, authorise
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.quantities import Millilitres
from app.kernel.words import N_
from app.milk import queries as milk
from app.milk import services as ledger
from app.milk.rules.choosing import Chosen, held_by, together
from app.milk.rules.ledger import Entry
from app.milk.services import custody


def choose_lots(actor: Identity, handoff_public_id: str, wanted: Chosen, *, now: datetime) -> None:
    """
    Choose which bags the donor brings, in place of those chosen before; she may until the two have met.

    Of a proposal this is a wish that promises nothing. Raises :class:`Invalid` at ``bags``, :class:`NotForOthers` for
    milk that is not passed on, and :class:`Conflict` once they have met.
    """
    with transaction() as session:
        row = _load_open(session, actor, handoff_public_id)
        if not held_by(wanted):
            raise Invalid({"bags": [NO_BAGS]})
        _name(session, row, wanted, now=now)


def write_lot(actor: Identity, handoff_public_id: str, lot: NewLot, *, now: datetime) -> None:
    """
    Write down a lot for what the chosen bags lack of the handoff's volume, all of it when none is chosen.

    Raises :class:`Invalid` with the reasons by field, and :class:`Conflict` once they have met.
    """
    with transaction() as session:
        row = _load_open(session, actor, handoff_public_id)
        before = wished(session, row) if row.state == HandoffState.PROPOSED else promised(row)
        more = written_for_rest(actor, row, lot, Millilitres(row.volume_ml), before, now=now)
        if more:
            _name(session, row, together(before, more), now=now)


def _load_open(session: Session, actor: Identity, public_id: str) -> Handoff:
    row = load_for(session, actor, public_id)
    authorise(actor, NAME_LOTS, row)
    if row.state not in UNMET | {HandoffState.PROPOSED}:
        raise Conflict(N_("The bags are chosen before you meet. Afterwards, say with the amount which they were."))
    ledger.lock_lots(row.donor_id)
    ledger.require_giving(row.donor_id)
    return row


def _name(session: Session, row: Handoff, wanted: Chosen, *, now: datetime) -> None:
    if row.state == HandoffState.PROPOSED:
        _wish(session, row, wanted, on=day_of(row), now=now)
    else:
        accepted = is_accepted(session, row)
        promise_instead(row, wanted, now=now)
        show_lots(session, row)
        if accepted and not is_accepted(session, row):
            # Accepted again and changed again is news again.
            tell(row, row.family_id, "handoff_lots", said={"at": now.isoformat()}, now=now)
    event_bus.record(happened(HandoffUpdated, row, actor_id=row.donor_id, now=now))


def wish_with(session: Session, actor: Identity, row: Handoff, draft: HandoffDraft, *, now: datetime) -> None:
    """
    Keep the bags the donor chose while she proposed, if they may still be given when the last of the windows ends.

    Raises :class:`Invalid` at ``bags``, and :class:`NotFound` for another's lot or when the family names bags.
    """
    if draft.bags is None:
        return
    authorise(actor, NAME_LOTS, row)
    if not held_by(draft.bags):
        raise Invalid({"bags": [NO_BAGS]})
    try:
        _wish(session, row, draft.bags, on=donors_day(row, draft.latest), now=now)
    except ledger.NotForOthers as error:
        raise Invalid({"bags": [error.message]}) from None


def _wish(session: Session, row: Handoff, wanted: Chosen, *, on: date, now: datetime) -> None:
    """Keep what the donor would bring, if it may be given on that day; another's lot is :class:`NotFound`."""
    lots = milk.lots_named(wanted, today=on)
    forget_wishes(session, row)
    for public_id, bags in wanted.items():
        lot = lots.get(public_id)
        if lot is None or lot.donor_id != row.donor_id:
            raise NotFound
        if reason := ledger.why_not(public_id, on=on, now=now):
            raise ledger.NotForOthers(reason)
        there = {int(each.size_ml): each.free for each in lot.bags}
        if any(not 0 < count <= there.get(size, 0) for size, count in bags.items()):
            raise Invalid({"bags": [N_("There are not so many bags of that size left that are promised to nobody.")]})
        session.add_all(
            HandoffWish(handoff_id=row.id, lot_id=lot.id, size_ml=size, count=count) for size, count in bags.items()
        )
    session.flush()


def accept_lots(actor: Identity, handoff_public_id: str, seen: Mapping[int, int | None], *, now: datetime) -> None:
    """
    Accept what the donor says of each lot of a handoff; twice is once.

    ``seen`` is what the family was shown: the version of the donor's answers (None when none held) by the ledger's id
    of each lot. Raises :class:`Conflict` when it is something else by now, or nothing is agreed.
    """
    with transaction() as session:
        row = load_for(session, actor, handoff_public_id)
        authorise(actor, ACCEPT_LOTS, row)
        # Bags that were given elsewhere are changed for others behind this lock, without that of the handoff's own row.
        ledger.lock_lots(row.donor_id)
        rows = shown_lots(session, row)
        if row.state not in HELD or not rows:
            raise Conflict(N_("There is nothing to accept here now."), code="nothing_to_accept")
        if {each.custody_id: each.statement_version for each in rows} != dict(seen):
            raise Conflict(N_("The donor changed which bags she brings. Please look again."), code="lots_changed")
        if all(each.accepted_at for each in rows):
            return
        for each in rows:
            each.accepted_at = each.accepted_at or now
        session.flush()
        event_bus.record(happened(HandoffUpdated, row, actor_id=actor.person_id, now=now))


def ask_for_others(taken_back: tuple[str, ...], *, now: datetime) -> None:
    """
    Milk that these holders were promised is not passed on: ask their donors to choose other bags, without a why.

    Where the two have met already there is nothing to bring any more, and nobody is asked. Each time is news.
    """
    with transaction() as session:
        for row in session.scalars(select(Handoff).where(Handoff.holder.in_(taken_back)).order_by(Handoff.id)):
            show_lots(session, row)
            event_bus.record(happened(HandoffUpdated, row, actor_id=None, now=now))
            if row.state in UNMET:
                tell(row, row.donor_id, "handoff_lots_off", said={"at": now.isoformat()}, now=now, mail=True)


def say_fate(
    actor: Identity, handoff_public_id: str, code: str, fate: Entry | None, volume: Millilitres, *,
    shown: Millilitres | None = None, now: datetime,
) -> bool:  # fmt: skip
    """
    Say what became of so much of the lot with that code that a family received: fed, stored or discarded.

    ``shown`` is what the page said was left; when it is another by now, the same was sent twice or something else was
    said meanwhile, nothing is written and the answer is False. Raises :class:`Invalid` at ``fate`` or ``amount``, and
    :class:`NotFound` for a lot it did not receive here.
    """
    with transaction() as session:
        row = load_for(session, actor, handoff_public_id)
        authorise(actor, ACCEPT_LOTS, row)
        lot = next((each for each in milk.received_by([row.holder]) if each.code == code), None)
        if lot is None:
            raise NotFound
        if fate is None:
            raise Invalid({"fate": [N_("Please say what became of it.")]})
        if shown is not None and shown != lot.left_ml:
            return False
        if not 0 < volume <= lot.left_ml:
            raise Invalid({"amount": [N_("Please enter more than zero, and at most what you still have of it.")]})
        custody.settle(lot.custody_id, row.holder, fate, volume, now=now)
        return True
