"""The blueprint every JSON face is made with, and what stands before each of its views."""

import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

from apiflask import APIBlueprint
from flask import current_app, g, request
from flask_limiter.util import get_remote_address
from werkzeug.exceptions import NotAcceptable, NotFound
from werkzeug.routing import RequestRedirect

from app.web.api import strict as _strict  # noqa: F401 - importing it puts our reader in the library's place.
from app.web.limits import limited
from app.web.login import be

View = TypeVar("View", bound=Callable[..., Any])
PREFIX: Final = "/api/v1"
CALLS: Final = "600/minute"
"""How often one member's programs together may call each operation."""
GIVES: Final = "milkbridge_gives"
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")
_BEARER: Final = re.compile(r"Bearer +([!-~]+) *", re.IGNORECASE)


def blueprint(name: str, import_name: str, *, tag: str) -> APIBlueprint:
    """A blueprint for one capability's part of the API; its endpoints begin with ``api_`` and ``name``."""
    return APIBlueprint(f"api_{name}", import_name, url_prefix=PREFIX, tag=tag)


def api_limited(limit: str = CALLS) -> Callable[[View], View]:
    """
    Let one member call an operation so often, by whatever tokens; above it the answer is 429.

    Stands under the access mark.
    """
    return limited(limit, key=caller)


def gives(kind: str) -> Callable[[View], View]:
    """Mark a view that answers with ``kind`` (such as ``image/jpeg``) in the place of JSON. Stands above the view."""

    def mark(view: View) -> View:
        setattr(view, GIVES, kind)
        return view

    return mark


def caller() -> str:
    """Who is counted: the member, because a token can make more tokens, or the address of a caller without one."""
    person_id = g.get("api_person_id")
    return f"member:{person_id}" if person_id is not None else str(get_remote_address())


def is_api() -> bool:
    """Whether this request is for the API."""
    return request.path.startswith("/api/")


def meet_caller() -> None:
    """
    Before anything else: the caller is the holder of the bearer token, or nobody, whatever cookies say.

    An id that cannot be one of ours names nothing, nor does an address with a slash too many: a program is told so,
    where a browser would be sent on. A caller that takes neither JSON nor what the view gives in its place cannot be
    answered.
    """
    if not is_api():
        return
    found = None
    sent = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    if sent:
        found = current_app.extensions["milkbridge_token_loader"](sent[1])
    g.api_token = found[1] if found else None
    g.api_person_id = found[0].id if found else None
    be(found[0] if found else None)
    if not _takes_json():
        raise NotAcceptable
    if isinstance(request.routing_exception, RequestRedirect):
        raise NotFound
    if not all(_ID.fullmatch(str(value)) for value in (request.view_args or {}).values()):
        raise NotFound


def _takes_json() -> bool:
    accepted = request.accept_mimetypes
    given = getattr(current_app.view_functions.get(request.endpoint or ""), GIVES, "application/json")
    return not accepted or any(accepted[kind] for kind in (given, "application/json", "application/problem+json"))
