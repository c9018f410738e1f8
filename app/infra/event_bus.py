"""
What happened, told to whoever subscribed.

Two moments: *within* the transaction, for a reaction that must not be lost (a row of the listener's own tables, or a
job); and *after the commit*, for a push that may be lost. A failing after-commit subscriber is logged and does not
stop the others, except under test.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final

import structlog
from flask import Flask, current_app
from sqlalchemy.orm import Session

from app.infra.database import db
from app.kernel.events import Event

Subscriber = Callable[[Any], None]

_EXTENSION: Final = "milkbridge_event_bus"
_PENDING: Final = "milkbridge_pending_events"

log = structlog.get_logger(__name__)


class EventBus:
    """The subscribers of one application."""

    def __init__(self) -> None:
        """Start with nobody listening."""
        self._within: defaultdict[type[Event], list[Subscriber]] = defaultdict(list)
        self._after: defaultdict[type[Event], list[Subscriber]] = defaultdict(list)

    def within(self, kind: type[Event], subscriber: Subscriber) -> None:
        """Call ``subscriber`` inside the transaction that records a ``kind``: it may write its own capability's tables
        (when the answer to the person already needs them) or enqueue a job; an error undoes the whole.
        """
        self._within[kind].append(subscriber)

    def after(self, kind: type[Event], subscriber: Subscriber) -> None:
        """Call ``subscriber`` once the commit of a ``kind`` is through."""
        self._after[kind].append(subscriber)

    def tell_within(self, happened: Event) -> None:
        """Tell the subscribers inside the transaction; their errors undo it."""
        for subscriber in self._within[type(happened)]:
            subscriber(happened)

    def tell_after(self, happened: Event) -> None:
        """Tell the after-commit subscribers, each on its own."""
        for subscriber in self._after[type(happened)]:
            try:
                subscriber(happened)
            except Exception:
                # The commit is through: one broken push must not take the answer or the other pushes with it.
                log.exception("subscriber failed", happened=type(happened).__name__)
                if current_app.testing:
                    raise


def install(app: Flask) -> EventBus:
    """Give ``app`` its bus."""
    bus = EventBus()
    app.extensions[_EXTENSION] = bus
    return bus


def _bus() -> EventBus:
    bus: EventBus = current_app.extensions[_EXTENSION]
    return bus


def record(happened: Event) -> None:
    """Say inside a use-case's transaction that something happened."""
    current: Session = db.session()
    current.info.setdefault(_PENDING, []).append(happened)
    _bus().tell_within(happened)


def anything(current: Session) -> bool:
    """Whether something was recorded that has not left."""
    return bool(current.info.get(_PENDING))


def forget(current: Session) -> None:
    """Drop what was recorded: the transaction was undone."""
    current.info.pop(_PENDING, None)


def release(current: Session) -> None:
    """Tell the after-commit subscribers what was recorded, in order."""
    for happened in current.info.pop(_PENDING, []):
        _bus().tell_after(happened)
