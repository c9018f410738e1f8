"""
The Socket.IO server and the one way to write a handler: authorised afresh on every event, always acknowledged.

What a handler knows of the visitor is a fork taken at connect and goes stale, so ``on`` re-reads the account each
time. Rooms are computed here; a name given by a client is never one. ``async_handlers`` is off, or one sender's
messages would overtake each other.
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog
from flask import Flask, current_app, request, session
from flask_babel import gettext as _
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import SocketIO, join_room
from flask_wtf.csrf import validate_csrf
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException
from wtforms.validators import ValidationError

from app.infra import kill_points
from app.infra.database import db
from app.infra.transaction import is_busy, may_begin_again
from app.kernel.access import Identity, Permission
from app.kernel.errors import DomainError, Forbidden, Invalid
from app.kernel.words import N_
from app.web.login import identity_of
from app.web.socket_limits import OpenSockets

MAX_EVENT_BYTES: Final = 64 * 1024
"""Above this the transport drops the connection; each handler refuses far shorter texts with an answer."""

THREADS_FOR_PAGES: Final = 30
"""A process whose every thread holds a socket answers no page any more."""

SOCKET_EVENTS: dict[str, str] = {}
"""Event name → permission name, for the permission matrix."""

_SOCKETS: Final = "milkbridge_sockets"

socketio = SocketIO()
log = structlog.get_logger(__name__)

Payload = Mapping[str, Any]
Handler = Callable[[Identity, Payload], dict[str, Any]]


def room_of(person_id: int) -> str:
    """The room that reaches every open page of one person, and nobody else."""
    return f"person:{person_id}"


def push(person_id: int, event: str, payload: dict[str, Any]) -> None:
    """Send to every open page of one person; a lost push is harmless because pages catch up."""
    if kill_points.reached(kill_points.AFTER_ACK):
        return
    socketio.emit(event, payload, to=room_of(person_id))


def end_sockets(person_id: int) -> None:
    """
    Tell every open page of one person that the session ended, and hang up.

    Used when the sessions have ended: at sign-out, with a new password, and when an account is closed. A page that
    connects again is refused at the door.
    """
    push(person_id, "session.ended", {})
    for sid in _sockets().of(person_id):
        _hang_up(sid)


def _hang_up(sid: str) -> None:
    _sockets().release(sid)
    socketio.server.disconnect(sid)


def _sockets() -> OpenSockets:
    found: OpenSockets = current_app.extensions[_SOCKETS]
    return found


def _refused(code: str, message: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON values.
    return {"ok": False, "error": {"code": code, "message": message, **more}}


def _person() -> Identity | None:
    """The account as the database has it now, or None when it is signed out, inactive or gone."""
    loader = current_app.extensions["milkbridge_account_loader"]
    person = loader(session.get("_user_id"))
    return identity_of(person) if person is not None else None


def _admit(permission: Permission, payload: tuple[object, ...]) -> tuple[Identity, Payload]:
    person = _person()
    if person is None:
        raise Forbidden(N_("Please sign in again."), code="signed_out")
    if permission.role is not None and not person.has(permission.role):
        raise permission.refuse()
    if len(payload) != 1 or not isinstance(payload[0], dict) or not _is_text(payload[0]):
        raise Invalid({}, N_("We could not read that."))
    return person, payload[0]


def _is_text(payload: dict[str, Any]) -> bool:
    """Whether all of ``payload`` can be stored: JSON may carry half of a pair of code units, which is no text."""
    try:
        json.dumps(payload, ensure_ascii=False).encode()
    except (UnicodeEncodeError, TypeError, RecursionError):
        return False
    return True


def _too_fast() -> dict[str, Any] | None:
    """The refusal for a socket that speaks too fast or was never let in; None when it may go on."""
    wait = _sockets().spend(_sid(), now=time.monotonic())
    if wait is None:
        return _refused("signed_out", _("Please sign in again."))
    if wait and current_app.config["RATELIMIT_ENABLED"]:
        words = _("That was a lot at once. Please wait a little and try again.")
        return {**_refused("too_fast", words, retry_after_ms=int(wait * 1000) + 1), "retry": True}
    return None


def _answer(event: str, handler: Handler, permission: Permission, payload: tuple[object, ...]) -> dict[str, Any]:
    try:
        refusal = _too_fast()
        if refusal is not None:
            return refusal
        return {"ok": True, **_handled(handler, permission, payload)}
    except Invalid as error:
        fields = {name: [_(reason) for reason in reasons] for name, reasons in error.fields.items()}
        return _refused(error.code, _(error.message), fields=fields)
    except DomainError as error:
        if error.code == "signed_out":
            _hang_up(_sid())
        return _refused(error.code, _(error.message))
    except Exception as error:  # noqa: BLE001
        # An exception here would send no acknowledgement at all, and the sender's phone would wait for ever.
        return _failed(event, error)
    finally:
        db.session.remove()


def _handled(
    handler: Handler, permission: Permission, payload: tuple[object, ...], *, again: int = 2
) -> dict[str, Any]:
    """What ``handler`` says, done again when the database undid it for another's sake."""
    try:
        person, readable = _admit(permission, payload)
        return handler(person, readable)
    except OperationalError as error:
        if not again or not may_begin_again(error):
            raise
        return _handled(handler, permission, payload, again=again - 1)


def _failed(event: str, error: Exception) -> dict[str, Any]:
    if is_busy(error):
        return {**_refused("busy", _("We are very busy right now. Please try again in a few seconds.")), "retry": True}
    # The error's own text may quote what somebody wrote, so only its kind is logged outside of tests.
    log.error("socket event failed", event_name=event, error=type(error).__name__, exc_info=current_app.testing)
    return {**_refused("server_error", _("Something broke on our side.")), "retry": True}


def on(event: str, permission: Permission) -> Callable[[Handler], Handler]:
    """Register ``handler(identity, payload) -> dict`` for ``event``; its dict is merged into ``{"ok": True}`` as
    acknowledgement.
    """

    def register(handler: Handler) -> Handler:
        SOCKET_EVENTS[event] = permission.name

        def receive(*payload: object) -> dict[str, Any]:
            return _answer(event, handler, permission, payload)

        socketio.on_event(event, receive)
        return handler

    return register


def _sid() -> str:
    """The id of the socket this event came through; Flask-SocketIO puts it on the request."""
    return str(request.sid)  # type: ignore[attr-defined]


def _own_origin(origin: str | None, environ: Mapping[str, Any]) -> bool:
    """Whether a page of ours asks: scheme, host and port exactly those this request came to."""
    return origin == f"{environ.get('wsgi.url_scheme')}://{environ.get('HTTP_HOST')}"


def _from_own_page(auth: object) -> bool:
    """Whether the caller shows our origin (a missing one is not ours), a host we serve, and the page's CSRF token."""
    token = auth.get("csrf") if isinstance(auth, dict) else None
    try:
        # Reading the host raises for one that is not among the trusted hosts.
        known = bool(request.host) and _own_origin(request.headers.get("Origin"), request.environ)
        validate_csrf(token if isinstance(token, str) else "")
    except (ValidationError, HTTPException):
        return False
    return known


def _connect(auth: object = None) -> None:
    """Let in a page of ours whose visitor is signed in, while the person and the process have room for it."""
    if not _from_own_page(auth):
        raise Refused("refused")
    person = _person()
    db.session.remove()
    if person is None:
        raise Refused("signed_out")
    alive = socketio.server.manager.is_connected
    sockets = _sockets()
    if not sockets.admit(_sid(), person.person_id, now=time.monotonic(), alive=lambda sid: alive(sid, "/")):
        raise Refused("too_many")
    join_room(room_of(person.person_id))


def _disconnect(_reason: object = None) -> None:
    _sockets().release(_sid())


socketio.on_event("connect", _connect)
socketio.on_event("disconnect", _disconnect)


@socketio.on("*")  # type: ignore[untyped-decorator]
def _unknown(_event: str, *_payload: object) -> dict[str, Any]:
    return _refused("unknown_event", _("We could not read that."))


def install(app: Flask, *, redis_url: str, threads: int) -> None:
    """
    Attach Socket.IO to ``app``; with Redis, pushes reach the pages of every process.

    ``threads`` is how many one process has: each socket keeps one, and :data:`THREADS_FOR_PAGES` (of a small number
    half) stay free for pages.
    """
    app.extensions[_SOCKETS] = OpenSockets(max(threads - THREADS_FOR_PAGES, threads // 2))
    socketio.init_app(
        app,
        async_mode="threading",
        async_handlers=False,
        transports=["websocket"],
        message_queue=redis_url or None,
        max_http_buffer_size=MAX_EVENT_BYTES,
        manage_session=False,
        cors_allowed_origins=_own_origin,
    )
