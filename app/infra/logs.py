"""
What a log may hold: one line per event, and of an error its kind and where it happened.

The words of an error, and the values around it, may be somebody's message, address or e-mail; neither is ever logged.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, Final, TextIO, cast

import structlog
from flask import Flask
from flask.logging import wsgi_errors_stream

_DEEPEST: Final = 12
"""Innermost frames of a failure that are logged."""

Failure = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def described(error: BaseException) -> str:
    """The kind of ``error``, of what caused it, and the places it came through: no value and no word of it."""
    kinds: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(kinds) < _DEEPEST:
        kinds.append(type(cause).__name__)
        cause = cause.__cause__
    frames = traceback.extract_tb(error.__traceback__)[-_DEEPEST:]
    places = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    return f"{' from '.join(kinds)} at {places}"


class QuietFormatter(logging.Formatter):
    """A line of the standard library's log: line ends are escaped, an error is only described."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, whatever is in it."""
        return super().format(record).replace("\r", "\\r").replace("\n", "\\n")

    def formatException(self, ei: Failure) -> str:  # noqa: N802 - the standard library's name.
        """The error's kind and places."""
        return described(ei[1]) if ei[1] is not None else ""

    def formatStack(self, stack_info: str) -> str:  # noqa: N802 - the standard library's name.
        """Nothing: the places above say the same."""
        del stack_info
        return ""


def _quiet(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    failure = event.pop("exc_info", None)
    if failure is True:
        failure = sys.exc_info()
    error = failure[1] if isinstance(failure, tuple) else failure
    if isinstance(error, BaseException):
        event["error"] = described(error)
    return event


def install(app: Flask) -> None:
    """Let every line of the application's logs pass through here."""
    handler = logging.StreamHandler(cast("TextIO", wsgi_errors_stream))
    handler.setFormatter(QuietFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    app.logger.handlers[:] = [handler]
    app.logger.propagate = app.testing
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _quiet,
            structlog.processors.JSONRenderer(),
        ],
    )
