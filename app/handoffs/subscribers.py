"""What handoffs does when something happens elsewhere, and what the phones of the two hear of their handoff."""

from collections.abc import Iterable
from typing import Final

from app.handoffs import queries, services
from app.handoffs.events import (
    HandoffAgreed,
    HandoffCancelled,
    HandoffConfirmed,
    HandoffEvent,
    HandoffMetAfterAll,
    HandoffProposed,
    HandoffUpdated,
)
from app.infra.event_bus import EventBus
from app.kernel.quantities import Millilitres
from app.matching import services as matching
from app.messaging import services as messaging
from app.milk.events import (
    FamiliesTold,
    FamilyAnswered,
    LotMoved,
    MilkCleared,
    MilkExcluded,
    PromisesTakenBack,
    WithdrawalOpened,
)
from app.posts.events import PostClosed, PostEdited
from app.posts.rules import PostState
from app.web.realtime import push

ENDS_PROPOSALS: Final = frozenset({PostState.WITHDRAWN, PostState.DECLINED, PostState.EXPIRED, PostState.FULFILLED})
"""States of a post that end what was only proposed; what was agreed stays agreed."""

PUSHED: Final = (HandoffProposed, HandoffAgreed, HandoffCancelled, HandoffUpdated, HandoffConfirmed, HandoffMetAfterAll)


def subscribe(bus: EventBus) -> None:
    """Listen to closed and edited posts, tell matching what is promised, and push each change to its two people."""
    bus.within(PostClosed, _post_closed)
    bus.within(PostEdited, _post_edited)
    bus.within(MilkExcluded, _kept_back)
    bus.within(PromisesTakenBack, _kept_back)
    bus.within(FamiliesTold, _withdrawn_here)
    bus.within(LotMoved, _moved)
    bus.within(HandoffAgreed, _milk_promised)
    bus.within(HandoffMetAfterAll, _milk_promised)
    bus.within(HandoffAgreed, _said_in_the_thread)
    bus.within(HandoffCancelled, _promise_lapsed)
    bus.within(HandoffConfirmed, _milk_came)
    bus.within(HandoffConfirmed, _what_follows)
    for kind in PUSHED:
        bus.after(kind, _card_changed)
    bus.after(PostEdited, _stated_anew)
    bus.after(MilkExcluded, _gone_over)
    bus.after(MilkCleared, _cleared)
    bus.after(WithdrawalOpened, _held)
    bus.after(FamilyAnswered, _answered)


def _post_closed(happened: PostClosed) -> None:
    if happened.state in ENDS_PROPOSALS:
        services.end_proposals_of(happened.post_id, now=happened.at)


def _post_edited(happened: PostEdited) -> None:
    services.follow_offer(happened.post_id)


def _kept_back(happened: MilkExcluded | PromisesTakenBack) -> None:
    services.ask_for_others(happened.holders, now=happened.at)


def _milk_promised(happened: HandoffAgreed | HandoffMetAfterAll) -> None:
    volume, ends = queries.promised_by(happened.handoff_id)
    matching.book(
        str(happened.handoff_id), offer_id=happened.offer_id, request_id=happened.request_id, volume=volume, at=ends
    )


def _said_in_the_thread(happened: HandoffAgreed) -> None:
    """A line of the system, of the one who agreed."""
    agreed_by = happened.donor_id if happened.actor_id is None else happened.actor_id
    messaging.post_system(happened.conversation_id, agreed_by, "handoff_agreed", now=happened.at)


def _promise_lapsed(happened: HandoffCancelled) -> None:
    matching.fall_through(
        str(happened.handoff_id),
        offer_id=happened.offer_id,
        request_id=happened.request_id,
        asks_next=queries.family_gives_way(happened.handoff_id, actor_id=happened.actor_id),
        news=services.news_of_end(queries.pushed_to(happened.handoff_id)[0], now=happened.at),
        now=happened.at,
    )


def _milk_came(happened: HandoffConfirmed) -> None:
    matching.receive(str(happened.handoff_id), volume=Millilitres(happened.given_ml), now=happened.at)
    messaging.end_addresses(happened.conversation_id, now=happened.at)


def _what_follows(happened: HandoffConfirmed) -> None:
    services.follow_up(happened.handoff_id, now=happened.at)


def _card_changed(happened: HandoffEvent) -> None:
    handoff, conversation = queries.pushed_to(happened.handoff_id)
    for person_id in (happened.donor_id, happened.family_id):
        push(person_id, "card.changed", {"kind": "handoff", "id": handoff, "conversation": conversation})


def _withdrawn_here(happened: FamiliesTold) -> None:
    services.show_in_threads(happened.withdrawal_id, happened.holders, now=happened.at)


def _moved(happened: LotMoved) -> None:
    services.show_moved(happened.custody_id, now=happened.at)


def _stated_anew(happened: PostEdited) -> None:
    """The cards of lots show what the donor states now."""
    _lots_changed(queries.places_stating(happened.post_id))


def _gone_over(happened: MilkExcluded) -> None:
    """Bags of a meeting that had begun count as handed over: the card of the lots shows them otherwise."""
    _lots_changed(queries.places_awaiting(happened.lot_public_id))


def _held(happened: WithdrawalOpened) -> None:
    """What waits for a moderator is held at once; of all else the families are told by a card of its own."""
    if happened.must_be_looked_at:
        _lots_changed(queries.places_held(happened.withdrawal_id))


def _cleared(happened: MilkCleared) -> None:
    """The cards of lots say "withdrawn" no longer."""
    _lots_changed(queries.places_showing(happened.custody_ids))


def _lots_changed(places: Iterable[queries.Place]) -> None:
    for place in places:
        for person_id in (place.donor_id, place.family_id):
            push(person_id, "card.changed", {"kind": "disclosure", "conversation": place.public_id})


def _answered(happened: FamilyAnswered) -> None:
    """Only the family's own pages: that, and when, it answered is nobody else's to know."""
    for place in queries.places_of(happened.holders):
        push(happened.person_id, "card.changed", {"kind": "withdrawal", "conversation": place.public_id})
