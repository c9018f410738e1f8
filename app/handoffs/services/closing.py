"""What the two hear when a post of theirs ends that a proposal of a meeting needed: each one notice for one cause."""

from datetime import datetime
from typing import Final

from app.accounts.queries import are_blocked
from app.handoffs.models import Handoff
from app.handoffs.services.changes import tell
from app.matching import services as matching
from app.messaging import queries as messages
from app.notifications.queries import was_left
from app.posts.queries import post
from app.posts.rules.states import PostState

KIND: Final = "handoff_closed"


def tell_closed(row: Handoff, post_id: int, *, now: datetime) -> None:
    """
    Tell the two that what was proposed is off, because the post of one of them has ended.

    Its author hears it only when the post expired by itself: every other end is her own act, or told by itself. A
    family whose milk is gone is led to what else there is, and hears nothing more of that. A donor who has just heard
    who is next in her line, because a family needs no more, knows it by that.
    """
    ended = post(post_id)
    item = matching.end_item(ended, now=now)
    for person_id in (row.donor_id, row.family_id):
        is_own_act = person_id == ended.author_id and ended.state is not PostState.EXPIRED
        if not is_own_act and not _knows(row, person_id, now=now):
            tell(row, person_id, KIND, now=now, mail=True, item=item, path=_leads_to(row, person_id, post_id))


def _knows(row: Handoff, person_id: int, *, now: datetime) -> bool:
    return person_id == row.donor_id and was_left(
        person_id, matching.line_path(post(row.offer_id)), matching.WHO_IS_NEXT, at=now
    )  # fmt: skip


def _leads_to(row: Handoff, person_id: int, post_id: int) -> str:
    """A family whose milk is gone goes on to its next best; everybody else to the page of the meeting."""
    if person_id != row.family_id or post_id != row.offer_id or are_blocked(row.donor_id, row.family_id):
        return ""
    talk = messages.conversation(row.conversation_id)
    return matching.instead_path(messages.opening(talk).interest_public_id)
