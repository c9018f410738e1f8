"""What a process that serves does beside its first answers, part by part, so that later ones need not wait for it."""

from collections.abc import Callable, Iterable
from typing import Final

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.web.live import socketio

Part = Callable[[int | None], int | None]
"""Does a part, told where the one before it ended (None: begin); returns where it ended, None when all is done."""

PAUSE: Final = 0.02
"""Seconds between two parts, which belong to whoever asks something."""

_KEY: Final = "milkbridge_beginning"
log = structlog.get_logger(__name__)


def install(app: Flask, parts: Iterable[Part]) -> None:
    """Let these be done by each process that serves ``app``."""
    app.extensions[_KEY] = tuple(parts)


def begin(app: Flask) -> None:
    """Start all of it in the background."""
    for part in app.extensions[_KEY]:
        socketio.start_background_task(_through, app, part)


def _through(app: Flask, part: Part) -> None:
    """All parts, each with a connection of its own; whatever is left undone at a failure is done when it is needed."""
    at: int | None = None
    try:
        while True:
            with app.app_context():
                at = part(at)
            if at is None:
                return
            socketio.sleep(PAUSE)
    except SQLAlchemyError as error:
        log.warning("what is read when a process begins was not read to its end", error=type(error).__name__)
