"""
The one way to write a handler of a live event: authorised afresh on every event, always acknowledged.

What a handler knows of the visitor is a fork taken at connect and goes stale, so ``on`` re-reads the account each
time. ``async_handlers`` is off, or one sender's messages would overtake each other.
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from functools import partial
from json import JSONDecoder, JSONEncoder
from pathlib import Path
from typing import Any, Final

import structlog
from flask import Flask, current_app
from flask_babel import gettext as _
from socketio.packet import Packet
from sqlalchemy.exc import DataError, OperationalError

from app.infra.database import db
from app.infra.transaction import is_busy, may_begin_again, one_connection
from app.kernel.access import Claim, Identity, Permission
from app.kernel.errors import DomainError, Forbidden, Invalid
from app.kernel.words import N_
from app.web import live, live_door
from app.web.live import end_sockets, end_token_sockets, hang_up_when_answered, push, room_of, socketio, sockets
from app.web.live_door import own_origin, sid
from app.web.live_session import ReadOnce
from app.web.server import check_fits, is_cooperative, sockets_that_fit
from app.web.server_beats import ask_by_one
from app.web.server_crossing import Crossing
from app.web.server_local import LocalCrossing
from app.web.server_redis import RedisCrossing
from app.web.server_socket import use_whole_frames
from app.web.socket_limits import OpenSockets
from config import Settings

__all__ = [
    "SOCKET_EVENTS", "Payload", "end_sockets", "end_token_sockets", "install", "on", "push", "room_of", "socketio",
]  # fmt: skip

MAX_EVENT_BYTES: Final = 64 * 1024
"""Above this the transport drops the connection; each handler refuses far shorter texts with an answer."""

LONGEST_NUMBER: Final = 100
"""Digits of a number in a packet; the library's own limit, because reading one takes the square of its length."""

SOCKET_EVENTS: dict[str, str] = {}
"""Event name → permission name, for the permission matrix."""

log = structlog.get_logger(__name__)

Payload = Mapping[str, Any]
Handler = Callable[[Identity, Payload], dict[str, Any]]
Claimed = Callable[[Claim, Payload], dict[str, Any] | None]


def _refused(code: str, message: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON values.
    return {"ok": False, "error": {"code": code, "message": message, **more}}


def _admit(permission: Permission, payload: tuple[object, ...]) -> tuple[Identity, Payload]:
    person = live_door.person()
    if person is None:
        raise Forbidden(N_("Please sign in again."), code="signed_out")
    if permission.role is not None and not person.has(permission.role):
        raise permission.refuse()
    readable = _readable(payload)
    if readable is None:
        raise Invalid({}, N_("We could not read that."))
    return person, readable


def _readable(payload: tuple[object, ...]) -> Payload | None:
    return payload[0] if len(payload) == 1 and isinstance(payload[0], dict) and _is_text(payload[0]) else None


def _is_text(payload: dict[str, Any]) -> bool:
    """Whether all of ``payload`` can be stored: JSON may carry half of a pair of code units, which is no text."""
    try:
        return _storable(payload)
    except (UnicodeEncodeError, RecursionError):
        return False


def _storable(value: object) -> bool:
    if isinstance(value, str):
        return value.isascii() or bool(value.encode())
    if isinstance(value, dict):
        return all(map(_storable, value)) and all(map(_storable, value.values()))
    if isinstance(value, list):
        return all(map(_storable, value))
    return value is None or isinstance(value, int | float)


def _too_fast() -> dict[str, Any] | None:
    """The refusal for a socket that speaks too fast or was never let in; None when it may go on."""
    wait = sockets().spend(sid(), now=time.monotonic())
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
            hang_up_when_answered(sid())
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
        with one_connection():
            person, readable = _admit(permission, payload)
            return handler(person, readable)
    except OperationalError as error:
        if not again or not may_begin_again(error):
            raise
        return _handled(handler, permission, payload, again=again - 1)


def _claimed(claimed: Claimed, sid: str, payload: tuple[object, ...]) -> dict[str, Any] | None:
    """What is said to somebody whose account is read in the same step; None where that is not for this event."""
    known, readable = sockets(), _readable(payload)
    holder = known.holder(sid)
    if holder is None or holder.account is None or holder.token is not None or readable is None:
        return None
    with known.at_work(sid):
        wait = known.spend(sid, now=time.monotonic())
        if wait is None or (wait and current_app.config["RATELIMIT_ENABLED"]):
            return None
        try:
            said = claimed(Claim(holder.person_id, holder.account), readable)
        except Exception:  # noqa: BLE001
            # The usual way meets it again and tells of it; what was stored before the failure it finds there.
            said = None
        finally:
            db.session.remove()
    if said is None:
        known.give_back(sid)
        return None
    return {"ok": True, **said}


def _failed(event: str, error: Exception) -> dict[str, Any]:
    if is_busy(error):
        return {**_refused("busy", _("We are very busy right now. Please try again in a few seconds.")), "retry": True}
    if isinstance(error, DataError):
        log.warning("the database could not take what was sent", event_name=event, error=type(error.orig).__name__)
        return _refused(Invalid.code, _("We could not read that."), fields={})
    # The error's own text may quote what somebody wrote, so only its kind is logged outside of tests.
    log.error("socket event failed", event_name=event, error=type(error).__name__, exc_info=current_app.testing)
    return {**_refused("server_error", _("Something broke on our side.")), "retry": True}


def on(event: str, permission: Permission, *, claimed: Claimed | None = None) -> Callable[[Handler], Handler]:
    """
    Register ``handler(identity, payload) -> dict`` for ``event``; its dict is merged into ``{"ok": True}`` as
    acknowledgement.

    ``claimed(claim, payload)`` is asked before the account is read, for an event that has one step do both: read it and
    act. It answers as the handler does, or None when it did nothing, whatever the reason; then all goes the usual way,
    as after an error. It has no request. Not for a permission that wants a role, which it could not ask.
    """
    if claimed is not None and permission.role is not None:
        msg = f"{event}: a claim shows no role"
        raise ValueError(msg)

    def register(handler: Handler) -> Handler:
        SOCKET_EVENTS[event] = permission.name

        def receive(*payload: object) -> dict[str, Any]:
            with sockets().at_work(sid()):
                return _answer(event, handler, permission, payload)

        if claimed is not None:
            live.answered_first(receive, partial(_claimed, claimed))
        socketio.on_event(event, receive)
        return handler

    return register


@socketio.on("*")  # type: ignore[untyped-decorator]
def _unknown(_event: str, *_payload: object) -> dict[str, Any]:
    return _refused("unknown_event", _("We could not read that."))


def _short(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        msg = "a number too long to be read"
        raise ValueError(msg)
    return int(digits)


class PlainJson:
    """JSON as the library reads and writes it, by a reader and a writer that are made once and not for each packet."""

    loads = staticmethod(JSONDecoder(parse_int=_short).decode)
    _write = staticmethod(JSONEncoder(separators=(",", ":")).encode)

    @classmethod
    def dumps(cls, data: object, **_more: object) -> str:
        """``data`` as compact JSON, however it is asked for."""
        return cls._write(data)


class PlainPacket(Packet):  # type: ignore[misc]
    """What is sent and answered here is JSON throughout: the library need not look through all of it for bytes."""

    uses_binary_events = False
    json = PlainJson


def install(app: Flask, settings: Settings) -> None:
    """Attach Socket.IO to ``app``, for threads or for gevent, whichever this process runs under."""
    check_fits(settings)
    app.extensions[live.SOCKETS] = OpenSockets(sockets_that_fit(settings))
    socketio.init_app(
        app,
        async_mode="gevent" if is_cooperative() else "threading",
        async_handlers=False,
        serializer=PlainPacket,
        transports=["websocket"],
        client_manager=_crossing(app, settings),
        max_http_buffer_size=MAX_EVENT_BYTES,
        manage_session=False,
        cors_allowed_origins=own_origin,
    )
    app.session_interface = ReadOnce()
    use_whole_frames(socketio.server.eio, longest=MAX_EVENT_BYTES)
    ask_by_one(socketio.server.eio)
    live.keep_room(app)


def _crossing(app: Flask, settings: Settings) -> Crossing:
    """What carries pushes to the pages that other processes hold: Redis, or without it the instance folder."""
    told, gap = partial(live.told, app), partial(live.look_again, app)
    if not settings.redis_url:
        return LocalCrossing(Path(app.instance_path) / "live.sock", told=told, gap=gap)
    # Two sites that share a Redis hear nothing of each other.
    site = hashlib.sha256(f"live pushes of {settings.secret_key}".encode()).hexdigest()[:16]
    return RedisCrossing(settings.redis_url, f"milkbridge:{site}", told=told, gap=gap)
