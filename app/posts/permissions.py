"""What may be done with posts, and by whom."""

from typing import Final, Protocol

from app.kernel.access import Identity, Permission, anyone


class Authored(Protocol):
    """Anything with an author."""

    @property
    def author_id(self) -> int:
        """The person who wrote it."""


class Seen(Authored, Protocol):
    """A post as far as deciding who may see it needs."""

    @property
    def state(self) -> str:
        """Where it stands."""


def _is_author(actor: Identity, post: Authored) -> bool:
    return post.author_id == actor.person_id


def _may_see(actor: Identity, post: Seen) -> bool:
    return post.state == "live" or _is_author(actor, post)


WRITE_POSTS: Final = Permission("posts.write", allows=anyone)
"""Start a post, and see the list of one's own."""

CHANGE_POST: Final = Permission("posts.change", allows=_is_author)
"""Edit, hand in, pause, resume, renew or withdraw one's own post; to others it does not exist."""

SEE_POST: Final = Permission("posts.see", allows=_may_see)
"""Open a post's page: its author always, other members while it is live."""
