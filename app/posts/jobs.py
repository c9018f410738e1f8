"""Background jobs of posts: the end of posts, a word before it, and the end of forms nobody came back for."""

from datetime import datetime, timedelta
from typing import Final

from app.infra.jobs import JobRegistry, enqueue
from app.posts import services

EXPIRE: Final = "posts.expire"
REMIND: Final = "posts.remind_ending"
FORGET: Final = "posts.forget_kept_forms"
REINDEX: Final = "posts.reindex"
"""Enqueued by a migration that changes what the index of live posts holds; goes through all posts part by part."""


def _expire(*, now: datetime) -> None:
    services.expire_due(now=now)


def _remind(*, now: datetime) -> None:
    services.remind_ending(now=now)


def _forget(*, now: datetime) -> None:
    services.forget_old_forms(now=now)


def _reindex(first: int, *, now: datetime) -> None:
    following = services.rebuild_part(first)
    if following is not None:
        enqueue(REINDEX, {"first": following}, now=now)


def register(registry: JobRegistry) -> None:
    """Register what comes round by itself; days end at different hours round the world, so the end is hourly."""
    registry.every(timedelta(hours=1), EXPIRE, _expire)
    registry.every(timedelta(hours=6), REMIND, _remind)
    registry.every(timedelta(hours=1), FORGET, _forget)
    registry.register(REINDEX, _reindex)
