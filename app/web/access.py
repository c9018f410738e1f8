"""
The marks every route and socket event carries: ``@requires(permission)`` or ``@public``.

A route without one fails the permission matrix test and is refused when the application starts. The mark checks sign-
in and role; the use-case behind it checks the loaded object.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar

from flask import Flask, current_app, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from app.kernel.access import Permission
from app.web.login import visitor

View = TypeVar("View", bound=Callable[..., Any])
MARK: Final = "milkbridge_access"
PUBLIC: Final = "public"


def _bearer() -> WWWAuthenticate:
    """What a caller of the API without a valid token is told (RFC 6750)."""
    sent = "Authorization" in request.headers
    return WWWAuthenticate("bearer", {"realm": "Milkbridge", **({"error": "invalid_token"} if sent else {})})


def public(view: View) -> View:
    """Mark a view that anyone may open, signed in or not."""
    setattr(view, MARK, PUBLIC)
    return view


def requires(permission: Permission) -> Callable[[View], View]:
    """Mark a view that needs ``permission``: ask a visitor to sign in (in the API: 401), refuse a member without the
    role.
    """

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - whatever the view takes and answers.
            person = visitor()
            if person is None and request.path.startswith("/api/"):
                raise Unauthorized(www_authenticate=_bearer())
            if person is None:
                return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
            if permission.role is not None and not person.has(permission.role):
                raise permission.refuse()
            return view(*args, **kwargs)

        setattr(guarded, MARK, permission.name)
        return guarded  # type: ignore[return-value]

    return mark


OUTSIDE: Final = frozenset({"static", "security"})
"""Endpoints (or blueprints) that carry no mark of ours: files, and the accounts library's own views, which stand in
the matrix by name."""


def mark_of(app: Flask, endpoint: str) -> str | None:
    """The permission's name a route carries, ``"public"``, or None when it carries no mark."""
    if endpoint.split(".", maxsplit=1)[0] in OUTSIDE or endpoint.endswith(".static"):
        return "library"
    return getattr(app.view_functions[endpoint], MARK, None)


def refuse_unmarked(app: Flask) -> None:
    """Raise :class:`RuntimeError` naming every route without a mark; called when the application is composed."""
    missing = sorted(endpoint for endpoint in app.view_functions if mark_of(app, endpoint) is None)
    if missing:
        msg = f"routes without @requires or @public: {', '.join(missing)}"
        raise RuntimeError(msg)
