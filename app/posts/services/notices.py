"""What an author is told about a post, in the transaction of its cause."""

from datetime import datetime
from typing import Final

from app.notifications.services import notify
from app.posts.models import Post
from app.posts.rules import PostState

KINDS: Final = {
    PostState.LIVE: "post_live",
    PostState.EDIT_ASKED: "post_edit_asked",
    PostState.DECLINED: "post_declined",
}
"""A moderator's three answers."""


def tell_decision(row: Post, *, now: datetime) -> None:
    """Tell the author what a moderator decided; each version of a post is told about once."""
    item = f"post-decided:{row.public_id}:{row.version}"
    notify(row.author_id, KINDS[PostState(row.state)], item=item, path=_page(row), mail=True, now=now)


def tell_ending(row: Post, *, now: datetime) -> None:
    """Tell the author that the post's last day is near, once for each last day."""
    item = f"post-expiring:{row.public_id}:{row.ends_on}"
    notify(row.author_id, "post_expiring", item=item, path=_page(row), mail=True, now=now)


def _page(row: Post) -> str:
    return f"/posts/{row.public_id}"
