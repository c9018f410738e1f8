"""
What somebody reads when others were in the way for too long: what was typed is there, and one tap sends it again.

The page is drawn without a look into the database, which may have no connection left, and outside of the layout, which
looks. Nothing is sent by itself: only who sees the page knows whether it is still wanted.
"""

from typing import Final

import structlog
from flask import Response, current_app, request
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.infra.transaction import left_a_trace
from app.kernel.words import N_

RETRY_AFTER: Final = 5
"""Seconds after which programs may come back; a line of writers is shorter by then."""

WORDS: Final = N_("We are very busy right now. Please try again in a few seconds.")
NOT_KEPT: Final = frozenset({"csrf_token"})
FORMS: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})

log = structlog.get_logger(__name__)


def note(error: Exception) -> None:
    """Let the operator see what was waited for in vain, and where."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    what = "connection" if isinstance(error, PoolTimeoutError) else state or "locked"
    log.warning("busy", what=what, where=request.endpoint)


def words() -> str:
    """The words, in English where not even a language could be found out."""
    try:
        return str(_(WORDS))
    except (OperationalError, PoolTimeoutError):
        return WORDS


def page() -> Response:
    """The page, or its words alone."""
    try:
        get_locale()
    except (OperationalError, PoolTimeoutError):
        return Response(WORDS, status=503, mimetype="text/plain")
    reads = request.method in {"GET", "HEAD"}
    return _drawn("busy", again=_kept_fields(), address=_own_address(), reads=reads)


def part() -> Response:
    """The words as a piece of an open page, which keeps what was typed and asks again (``static/js/swaps.js``)."""
    return _drawn("error_part")


def _drawn(name: str, **values: object) -> Response:
    drawn = current_app.jinja_env.get_template(f"web/{name}.html").render(message=words(), **values)
    return Response(drawn, status=503)


def _own_address() -> str:
    r"""Where it was sent; never an address that a browser would take for another site's (``//name``, ``/\name``)."""
    return "/" + request.full_path.rstrip("?").lstrip("/\\")


def _kept_fields() -> list[tuple[str, str]] | None:
    """
    What to send again, as it was sent; None where sending it once more is not ours to offer.

    That is so when a part of it was done, when a file was sent (no page can hold it), when a password was, and when
    another site's page sent it: some views look into the database before they look at the form's token, and here its
    words would stand under a token of ours.
    """
    if request.origin and request.origin != request.host_url.rstrip("/"):
        return None
    if request.method != "POST" or request.mimetype not in FORMS or request.files or left_a_trace():
        return None
    if any("password" in name for name in request.form):
        return None
    return [(name, value) for name, value in request.form.items(multi=True) if name not in NOT_KEPT]
