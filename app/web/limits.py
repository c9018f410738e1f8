"""
How often one address may do what is costly or can be abused; counted in memory, or in Redis when there is one.

A view is marked with ``@limited``; the counting is put on when the application is composed, so that each application
counts for itself.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from math import ceil
from typing import Any, Final, TypeVar

from flask import Flask, current_app
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

View = TypeVar("View", bound=Callable[..., Any])
_MARK: Final = "milkbridge_limits"
_EXTENSION: Final = "milkbridge_limiter"


def limited(
    limit: str, *, methods: Sequence[str] | None = None, key: Callable[[], str] | None = None
) -> Callable[[View], View]:
    """
    Let one address open a view so often and no more, such as ``"30/minute;200/hour"``; above it the answer is 429.

    With ``methods`` only these count; ``key`` tells who is counted instead of the address. Stands under the access
    mark.
    """

    def mark(view: View) -> View:
        setattr(view, _MARK, (limit, list(methods) if methods else None, key))
        return view

    return mark


def install(app: Flask) -> Limiter:
    """Attach a counter to ``app`` and give it back."""
    limiter = Limiter(get_remote_address, app=app, default_limits=[], headers_enabled=False)
    app.extensions[_EXTENSION] = limiter
    return limiter


def guard(app: Flask) -> None:
    """Put the counting on every marked view; called once all views are there."""
    limiter: Limiter = app.extensions[_EXTENSION]
    for endpoint, view in app.view_functions.items():
        limit, methods, key = getattr(view, _MARK, (None, None, None))
        if limit is not None:
            app.view_functions[endpoint] = limiter.limit(limit, methods=methods, key_func=key)(view)


def seconds_to_wait(*, now: datetime) -> int:
    """Whole seconds, at least one, until the limit this request went over lets its caller in again."""
    limiter: Limiter = current_app.extensions[_EXTENSION]
    over = limiter.current_limit
    return max(1, ceil(over.reset_at - now.timestamp())) if over is not None else 1
