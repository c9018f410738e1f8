"""What a moderator decides about a post; moderation calls these after it has authorised the moderator and written its
own record.
"""

from datetime import datetime

from app.accounts.queries import person
from app.infra.transaction import transaction
from app.kernel.errors import Forbidden, Invalid
from app.kernel.text import plain_text
from app.kernel.words import N_
from app.posts.models import Post
from app.posts.rules import PostState
from app.posts.services.change import last_day, move
from app.posts.services.notices import tell_decision
from app.posts.services.rows import load, today_of

OWN_POST = N_("You cannot decide about a post of your own.")
REASON_MISSING = N_("Please give the author a reason.")


def approve(post_id: int, moderator_id: int, *, now: datetime) -> None:
    """Let a waiting post go live; approving a live post changes nothing."""
    with transaction() as session:
        row = _to_judge(load(session, post_id), moderator_id)
        row.ends_on = last_day(row, today_of(person(row.author_id), now))
        if move(session, row, PostState.LIVE, actor_id=moderator_id, now=now):
            tell_decision(row, now=now)


def ask_edit(post_id: int, moderator_id: int, reason: str, *, now: datetime) -> None:
    """Send a post back to its author, who sees ``reason``; until it is edited nobody else finds it."""
    _send_back(post_id, moderator_id, PostState.EDIT_ASKED, reason, now=now)


def decline(post_id: int, moderator_id: int, reason: str, *, now: datetime) -> None:
    """End a post that has no place here; its author sees ``reason``."""
    _send_back(post_id, moderator_id, PostState.DECLINED, reason, now=now)


def _send_back(post_id: int, moderator_id: int, wanted: PostState, reason: str, *, now: datetime) -> None:
    words = plain_text(reason)
    if not words:
        raise Invalid({"reason": [REASON_MISSING]})
    with transaction() as session:
        row = _to_judge(load(session, post_id), moderator_id)
        if move(session, row, wanted, actor_id=moderator_id, now=now, reason=words):
            tell_decision(row, now=now)


def _to_judge(row: Post, moderator_id: int) -> Post:
    if row.author_id == moderator_id:
        raise Forbidden(OWN_POST, code="own_post")
    return row
