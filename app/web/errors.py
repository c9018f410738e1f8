"""Turns every error into an answer: a plain page for people, a problem document (RFC 9457) for machines."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

import structlog
from flask import Flask, Response, current_app, g, jsonify, render_template, request, session
from flask.globals import request_ctx
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from passlib.exc import PasswordSizeError
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, SecurityError

from app.infra.clock import utcnow
from app.infra.transaction import end_read, is_busy, may_begin_again
from app.kernel.errors import DomainError, Invalid
from app.kernel.words import N_
from app.web import busy, limits

log = structlog.get_logger(__name__)

BEGIN_AGAIN: Final = 2
"""How often a request that the database undid for another's sake is done again."""

WORDS = {
    400: N_("We could not read that. Please go back and try again."),
    401: N_("Please send a valid token."),
    403: N_("You cannot do that."),
    404: N_("We could not find that page."),
    405: N_("That cannot be done here."),
    406: N_("We answer in JSON only."),
    412: N_("This has changed since you read it. Nothing was overwritten: read it again, then send your change."),
    413: N_("That is too much text at once. Please shorten it and try again."),
    415: N_("Please send JSON (Content-Type: application/json)."),
    429: N_("That was a lot at once. Please wait a little and try again."),
    500: N_("Something broke on our side. Nothing you sent was half-saved. Please try again."),
    503: busy.WORDS,
}


def wants_json() -> bool:
    """Whether the caller is a machine: an address under ``/api``, or JSON preferred to HTML."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"])
    return request.path.startswith("/api/") or (best is not None and best != "text/html")


def problem(status: int, code: str, message: str, **members: Any) -> Response:  # noqa: ANN401 - JSON values.
    """A problem document: ``type`` is about:blank, so ``title`` is the status's own; ``code`` is ours and stable."""
    title = HTTPStatus(status).phrase
    found = {"type": "about:blank", "title": title, "status": status, "detail": message, "code": code, **members}
    document = jsonify(found)
    document.status_code = status
    document.mimetype = "application/problem+json"
    return document


def places_of(fields: Mapping[str, Iterable[str]]) -> list[dict[str, str]]:
    """
    Reasons per field as a problem document lists them, each with its place.

    A field of the body is a JSON pointer; of a request that only reads it is a query's parameter; a name that is no
    field's (``Idempotency-Key``) is a header.
    """
    return [
        {_kind_of(name): _place(name), "detail": _(reason)} for name, reasons in fields.items() for reason in reasons
    ]


def _kind_of(name: str) -> str:
    if name[:1].isupper():
        return "header"
    return "parameter" if request.method in {"GET", "HEAD"} else "pointer"


def _place(name: str) -> str:
    if _kind_of(name) == "pointer":
        return f"#{name}" if name.startswith("/") or not name else f"#/{name}"
    return name.removeprefix("/")


def answer(status: int, code: str, message: str, **members: Any) -> ResponseReturnValue:  # noqa: ANN401
    """The error as the caller reads it."""
    if wants_json():
        return problem(status, code, message, **members)
    page = "web/error_part.html" if request.headers.get("HX-Request") else "web/error.html"
    return render_template(page, status=status, message=message), status


def _domain(error: DomainError) -> ResponseReturnValue:
    members = {"errors": places_of(error.fields)} if isinstance(error, Invalid) else {}
    return answer(error.status, error.code, _(error.message), **members)


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or (error.code or 500) < 400:  # noqa: PLR2004 - below are redirects.
        return error
    status = error.code or 500
    told = current_app.make_response(
        answer(status, error.name.lower().replace(" ", "_"), _(WORDS.get(status, WORDS[400])))
    )
    # Which methods are allowed, how to sign in: the error knows it and says it in its headers.
    told.headers.update({name: value for name, value in error.get_headers() if name != "Content-Type"})
    if isinstance(error, RateLimitExceeded):
        told.headers["Retry-After"] = str(limits.seconds_to_wait(now=utcnow()))
    return told


def _foreign_host(_error: SecurityError) -> ResponseReturnValue:
    """A page cannot be drawn for a host that is not ours, because no address on it would lead anywhere."""
    if request.path.startswith("/api/"):
        return problem(400, "foreign_host", _(WORDS[400]))
    return Response(_(WORDS[400]), status=400, mimetype="text/plain")


def _too_large(_error: RequestEntityTooLarge | PasswordSizeError) -> ResponseReturnValue:
    return answer(413, "too_large", _(WORDS[413]))


def _csrf(_error: CSRFError) -> ResponseReturnValue:
    return answer(
        400,
        "stale_form",
        _("This page was open for too long. Go back, reload it, and send it again; what you typed is still there."),
    )


def _unreadable(error: DataError) -> ResponseReturnValue:
    """
    What nothing before refused and the database cannot hold, a number beyond its column say; all of it was undone.

    The last net: whoever meets it in the log adds the check that tells people which field is wrong.
    """
    end_read()
    # The error's own text quotes what was sent.
    log.warning("the database could not take what was sent", error=type(error.orig).__name__, where=request.endpoint)
    return answer(400, "bad_request", _(WORDS[400]))


def _busy(error: Exception) -> ResponseReturnValue:
    """Others were in the way: what left no trace is done again, at most twice; else the caller is asked to wait."""
    if not is_busy(error):
        raise error
    if may_begin_again(error) and g.get("begun_again", 0) < BEGIN_AGAIN:
        g.begun_again = g.get("begun_again", 0) + 1
        return _dispatch_again()
    busy.note(error)
    told = problem(503, "busy", busy.words()) if wants_json() else _busy_page()
    told.headers.update({"Retry-After": str(busy.RETRY_AFTER), "Cache-Control": "no-store"})
    return told


def _busy_page() -> Response:
    return busy.part() if "HX-Request" in request.headers else busy.page()


def _dispatch_again() -> ResponseReturnValue:
    """
    The whole request once more, as it came: what the first attempt did to session and sign-in is forgotten.

    The steps before the view are taken again too, because the error may have come from one of them, and whoever goes
    on without the others (whose token it is, a form's own token, the welcome page) has been let in by nobody.
    """
    _forget_first_attempt()
    try:
        answered = current_app.preprocess_request()
        return current_app.dispatch_request() if answered is None else answered
    except Exception as error:  # noqa: BLE001 - each goes to the handler it would have met the first time.
        return current_app.handle_user_exception(error)


def _forget_first_attempt() -> None:
    """Empty what is kept for one request but the count of attempts, and set the session to what the cookie said."""
    for name in [name for name in g if name != "begun_again"]:
        g.pop(name)
    came = current_app.session_interface.open_session(current_app, request)
    session.clear()
    session.update(came or {})
    request_ctx.flashes = None


def install(app: Flask) -> None:
    """Register the handlers; an error nobody foresaw stays a logged 500 with a plain page."""
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    # What is hashed has a limit of its own, and the accounts library hashes whatever was typed.
    app.register_error_handler(PasswordSizeError, _too_large)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(SecurityError, _foreign_host)
    app.register_error_handler(DataError, _unreadable)
    app.register_error_handler(OperationalError, _busy)
    app.register_error_handler(PoolTimeoutError, _busy)
