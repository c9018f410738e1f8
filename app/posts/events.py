"""What happened to a post: ids and quantities only."""

from dataclasses import dataclass

from app.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PostSubmitted(Event):
    """A post was handed in; ``needs_review`` says that a moderator looks at it before anyone else does."""

    post_id: int
    author_id: int
    kind: str
    needs_review: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PostPublished(Event):
    """A post is live and can be found."""

    post_id: int
    author_id: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostEdited(Event):
    """A live post says something new, or moved."""

    post_id: int
    author_id: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostClosed(Event):
    """A post can no longer be found: withdrawn, expired, fulfilled, declined or paused (``state`` says which)."""

    post_id: int
    author_id: int
    kind: str
    state: str
