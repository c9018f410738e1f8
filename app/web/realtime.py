"""
The Socket.IO server and the one way to write a handler: authorised afresh on every event, always acknowledged.

A handler's session and user are a fork taken at connect and go stale, so ``on`` re-reads the account each time. Rooms
are computed here; a name given by a client is never one. ``async_handlers`` is off, or one sender's messages would
overtake each other.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog
from flask import Flask, current_app, request
from flask_babel import gettext as _
from flask_login import current_user
from flask_socketio import SocketIO, join_room
from flask_wtf.csrf import validate_csrf
from wtforms.validators import ValidationError

from app.infra.database import db
from app.kernel.access import Identity, Permission
from app.kernel.errors import DomainError, Forbidden, Invalid
from app.kernel.words import N_
from app.web.login import identity_of

MAX_EVENT_BYTES: Final = 64 * 1024
"""Above this the transport drops the connection; each handler refuses far shorter texts with an answer."""

SOCKET_EVENTS: dict[str, str] = {}
"""Event name → permission name, for the permission matrix."""

socketio = SocketIO()
log = structlog.get_logger(__name__)

Payload = Mapping[str, Any]
Handler = Callable[[Identity, Payload], dict[str, Any]]


def room_of(person_id: int) -> str:
    """The room that reaches every open page of one person, and nobody else."""
    return f"person:{person_id}"


def push(person_id: int, event: str, payload: dict[str, Any]) -> None:
    """Send to every open page of one person; a lost push is harmless because pages catch up."""
    socketio.emit(event, payload, to=room_of(person_id))


def _refused(code: str, message: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON values.
    return {"ok": False, "error": {"code": code, "message": message, **more}}


def _person() -> Identity | None:
    """The account as the database has it now, or None when it is signed out, inactive or gone."""
    loader = current_app.extensions["milkbridge_account_loader"]
    person = loader(current_user.get_id()) if current_user.is_authenticated else None
    return identity_of(person) if person is not None else None


def _admit(permission: Permission, payload: object) -> tuple[Identity, Payload]:
    person = _person()
    if person is None:
        raise Forbidden(N_("Please sign in again."), code="signed_out")
    if permission.role is not None and not person.has(permission.role):
        raise permission.refuse()
    if not isinstance(payload, dict):
        raise Invalid({}, N_("We could not read that."))
    return person, payload


def _answer(handler: Handler, permission: Permission, payload: object) -> dict[str, Any]:
    try:
        person, payload = _admit(permission, payload)
        return {"ok": True, **handler(person, payload)}
    except Invalid as error:
        return _refused(error.code, _(error.message), fields=error.fields)
    except DomainError as error:
        return _refused(error.code, _(error.message))
    except Exception:
        # An exception here would send no acknowledgement at all, and the sender's phone would wait for ever.
        log.exception("socket event failed")
        return {**_refused("server_error", _("Something broke on our side.")), "retry": True}
    finally:
        db.session.remove()


def on(event: str, permission: Permission) -> Callable[[Handler], Handler]:
    """Register ``handler(identity, payload) -> dict`` for ``event``; its dict is merged into ``{"ok": True}`` as
    acknowledgement.
    """

    def register(handler: Handler) -> Handler:
        SOCKET_EVENTS[event] = permission.name

        def receive(payload: object = None) -> dict[str, Any]:
            return _answer(handler, permission, payload)

        socketio.on_event(event, receive)
        return handler

    return register


def _connect(auth: object = None) -> bool | None:
    """Let a signed-in browser in when it shows the page's CSRF token and comes from our own origin; missing Origin is
    refused.
    """
    token = auth.get("csrf") if isinstance(auth, dict) else None
    person = _person()
    if person is None or not request.headers.get("Origin") or not isinstance(token, str):
        return False
    try:
        validate_csrf(token)
    except ValidationError:
        return False
    join_room(room_of(person.person_id))
    return None


socketio.on_event("connect", _connect)


def install(app: Flask, *, redis_url: str) -> None:
    """Attach Socket.IO to ``app``; with Redis, pushes reach the pages of every process."""
    socketio.init_app(
        app,
        async_mode="threading",
        async_handlers=False,
        message_queue=redis_url or None,
        max_http_buffer_size=MAX_EVENT_BYTES,
        manage_session=False,
        cors_allowed_origins=None,
    )
