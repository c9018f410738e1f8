"""How often one address may do what is costly or can be abused; in memory, or in Redis when there is one."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, default_limits=[], headers_enabled=False)

View = TypeVar("View", bound=Callable[..., Any])


def limited(limit: str, *, methods: Sequence[str] | None = None) -> Callable[[View], View]:
    """
    Let one address open a view so often and no more, such as ``"30/minute;200/hour"``; above it the answer is 429.

    With ``methods`` only these count. Stands under the access mark.
    """

    def put_on(view: View) -> View:
        guarded: View = limiter.limit(limit, methods=list(methods) if methods else None)(view)
        return guarded

    return put_on


def install(app: Flask) -> Limiter:
    """Attach the limits to ``app`` and give them back, for the views of libraries."""
    limiter.init_app(app)
    return limiter
