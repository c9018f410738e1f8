"""What matching does when something happens elsewhere, and what open pages hear of a round."""

from typing import Final

from app.infra.event_bus import EventBus
from app.matching import services
from app.matching.events import InterestAccepted, InterestClosed, InterestDeclined, MatchesShown, PairPassedOn
from app.posts.events import PostClosed, PostEdited, PostPublished
from app.posts.queries import post
from app.web.realtime import push

_GONE: Final = frozenset({"withdrawn", "expired", "fulfilled", "declined"})
"""States from which nobody in line can still be answered; a pause or a booking keeps the line."""


def _end_the_line(happened: PostClosed) -> None:
    services.close_proposals(happened.post_id, now=happened.at)
    services.close_question(happened.post_id, now=happened.at)
    if happened.state in _GONE:
        services.close_open_interests(happened.post_id, reason=happened.state, now=happened.at)
        services.release_choices(happened.post_id, now=happened.at)


def _look_at_once(happened: PostPublished) -> None:
    services.touch([happened.post_id], at_once=True, now=happened.at)


def _look_soon(happened: PostEdited) -> None:
    services.touch([happened.post_id], at_once=services.is_urgent(happened.post_id, now=happened.at), now=happened.at)


def _look_for_others(happened: InterestDeclined | PairPassedOn) -> None:
    services.touch([happened.offer_id, happened.request_id], now=happened.at)


def _whose_turn(happened: InterestAccepted | InterestClosed | InterestDeclined) -> None:
    services.follow_interest(happened)


def _show_new(happened: MatchesShown) -> None:
    path = post(happened.request_id).public_id
    push(happened.family_id, "match.new", {"request": path, "offers": happened.offers})


def subscribe(bus: EventBus) -> None:
    """
    Listen to posts inside their transaction, and tell open pages after it.

    Nobody may be chosen for milk that is gone, and a change that asks for a micro-round must not be lost.
    """
    bus.within(PostClosed, _end_the_line)
    bus.within(PostPublished, _look_at_once)
    bus.within(PostEdited, _look_soon)
    bus.within(InterestDeclined, _look_for_others)
    bus.within(PairPassedOn, _look_for_others)
    for kind in (InterestAccepted, InterestClosed, InterestDeclined):
        bus.within(kind, _whose_turn)
    bus.after(MatchesShown, _show_new)
