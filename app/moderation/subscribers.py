"""
What moderation does when something happens elsewhere.

A post handed in opens a review, one taken back closes it; a message the screen held opens a case; what a reported
message said before it was changed is kept for its case; a donor's offers that rest open one.
"""

from app.infra.event_bus import EventBus
from app.messaging.events import HeldTakenBack, MessageChanged, MessageHeld
from app.milk.events import GivingRested
from app.moderation import services
from app.posts.events import PostClosed, PostSubmitted


def _review(happened: PostSubmitted) -> None:
    if happened.needs_review:
        services.open_review(happened.post_id, happened.author_id, now=happened.at)


def _taken_back(happened: PostClosed) -> None:
    services.close_review(happened.post_id, post_state=happened.state)


def _held(happened: MessageHeld) -> None:
    services.open_held(happened.held_id, happened.writer_id, now=happened.at)


def _held_taken_back(happened: HeldTakenBack) -> None:
    services.close_held(happened.held_id)


def _changed(happened: MessageChanged) -> None:
    services.keep_changed(happened.conversation_id, happened.seq, now=happened.at)


def _rests(happened: GivingRested) -> None:
    services.open_giving(happened.rest_id, happened.person_id, now=happened.at)


def subscribe(bus: EventBus) -> None:
    """Listen inside the poster's own transaction: a crash must not lose a review."""
    bus.within(PostSubmitted, _review)
    bus.within(PostClosed, _taken_back)
    bus.within(MessageHeld, _held)
    bus.within(HeldTakenBack, _held_taken_back)
    bus.within(MessageChanged, _changed)
    bus.within(GivingRested, _rests)
