"""What matching does when something happens elsewhere."""

from typing import Final

from app.infra.event_bus import EventBus
from app.matching.services import close_open_interests
from app.posts.events import PostClosed

_GONE: Final = frozenset({"withdrawn", "expired", "fulfilled", "declined"})
"""States from which nobody in line can still be answered; a pause or a booking keeps the line."""


def _end_the_line(happened: PostClosed) -> None:
    if happened.state in _GONE:
        close_open_interests(happened.post_id, reason=happened.state, now=happened.at)


def subscribe(bus: EventBus) -> None:
    """Listen to the end of posts, inside its transaction: nobody may be chosen for milk that is gone."""
    bus.within(PostClosed, _end_the_line)
