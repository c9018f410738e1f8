"""
The open pages of this process: reaching somebody's, ending somebody's, and looking after all of them.

Rooms are computed here; a name given by a client is never one. Handlers are written with :mod:`app.web.realtime`, who
is let in stands in :mod:`app.web.live_door`.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from flask import Flask, current_app
from flask_socketio import SocketIO
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.infra import kill_points
from app.infra.database import db
from app.web.socket_limits import Holder, OpenSockets

SOCKETS: Final = "milkbridge_sockets"

TO_BE_LET_IN: Final = 5
"""Seconds a connection may be open without being let in, or after it was hung up on."""

LOOK_AGAIN: Final = 60
"""Seconds between two looks at whether those who hold a socket may still hold it."""

LAST_ANSWERS: Final = 3.0
"""Seconds a process that is to end waits for the events it is answering."""

_TICK: Final = 0.1

First = Callable[[str, tuple[object, ...]], dict[str, Any] | None]
"""
Answers an event of the socket with this id, or None: then its handler does.

It has the application and no request: no session, no visitor, no address.
"""

_FIRST: Final = "milkbridge_first"


def answered_first(handler: Callable[..., Any], first: First) -> Callable[..., Any]:
    """Let ``first`` answer what ``handler`` is registered for, wherever it can."""
    setattr(handler, _FIRST, first)
    return handler


class Live(SocketIO):  # type: ignore[misc]  # the library tells no types.
    """Socket.IO with Flask, which makes no request of an event that can be answered without one."""

    def _handle_event(self, handler: Any, message: str, namespace: str, sid: str, *args: Any) -> Any:  # noqa: ANN401 - the library's own.
        first: First | None = getattr(handler, _FIRST, None)
        environ = self.server.get_environ(sid, namespace=namespace)
        if first is not None and environ:
            with environ["flask.app"].app_context():
                said = first(sid, args)
            if said is not None:
                return said
        try:
            return super()._handle_event(handler, message, namespace, sid, *args)
        finally:
            # The request would stay for as long as the page is open, with all it has read of the handshake.
            if environ:
                environ.pop("werkzeug.request", None)


socketio = Live()


def keep_room(app: Flask) -> None:
    """
    Refuse a connection, whoever asks, when this process has its fill of them.

    A connection is open before anybody says who they are, and it costs as much as one of a member.
    """
    server, fill = socketio.server, app.extensions[SOCKETS]

    def opened(connection: str, environ: dict[str, Any]) -> bool | None:
        if fill.most is not None and _open_connections(server.eio, fill.most) > fill.most:
            return False
        server._handle_eio_connect(connection, environ)  # noqa: SLF001 - what the library itself puts here.
        return None

    server.eio.on("connect", opened)


def _open_connections(engine: Any, most: int) -> int:  # noqa: ANN401 - engineio has no types.
    """
    How many are open; when there seem to be more than ``most``, without those that have ended.

    The library would forget an ended one only some twenty seconds later; when a proxy drops all of them at once, they
    would keep the same pages out for that long. One that it calls closed has not ended while it keeps its thread.
    """
    if max(len(engine.sockets), len(engine.lines)) <= most:
        return len(engine.sockets)
    opened = {known for known, connection in list(engine.sockets.items()) if not connection.closed}
    return len(opened.union(list(engine.lines)))


def room_of(person_id: int) -> str:
    """The room that reaches every open page of one person, and nobody else."""
    return f"person:{person_id}"


def sockets() -> OpenSockets:
    """The open sockets of the current application."""
    found: OpenSockets = current_app.extensions[SOCKETS]
    return found


def push(person_id: int, event: str, payload: dict[str, Any]) -> None:
    """Send to every open page of one person, in every process; a lost push is harmless because pages catch up."""
    if kill_points.reached(kill_points.AFTER_ACK):
        return
    socketio.emit(event, payload, to=room_of(person_id))


def end_sockets(person_id: int) -> None:
    """
    Tell every open page of one person, in every process, that the session ended, and hang up.

    Used when the sessions have ended: at sign-out, with a new password, and when an account is closed. A page that
    connects again is refused at the door.
    """
    _end_here(person_id, by_token=False)
    socketio.server.manager.say({"do": "end", "person": person_id, "by_token": False})


def end_token_sockets(person_id: int) -> None:
    """Hang up on the programs of one person, in every process; one whose token still opens doors connects again."""
    _end_here(person_id, by_token=True)
    socketio.server.manager.say({"do": "end", "person": person_id, "by_token": True})


def _end_here(person_id: int, *, by_token: bool) -> None:
    for sid in sockets().of(person_id, by_token=by_token):
        socketio.emit("session.ended", {}, to=sid, ignore_queue=True)
        hang_up(sid)


def hang_up(sid: str) -> None:
    """End one socket; whoever does not hang up as well is cut off after :data:`TO_BE_LET_IN` seconds."""
    sockets().release(sid)
    socketio.server.disconnect(sid, ignore_queue=True)


def hang_up_when_answered(sid: str) -> None:
    """End the socket an event came through, a moment after its answer; it hears nothing more but that."""
    holder = sockets().holder(sid)
    sockets().release(sid)
    if holder is not None:
        socketio.server.manager.leave_room(sid, "/", room_of(holder.person_id))

    def later() -> None:
        socketio.sleep(_TICK)
        socketio.server.disconnect(sid, ignore_queue=True)

    socketio.start_background_task(later)


def told(app: Flask, said: Mapping[str, Any]) -> None:
    """Do what another process said."""
    if said["do"] == "end":
        with app.app_context():
            _end_here(int(said["person"]), by_token=bool(said["by_token"]))


def account_of(holder: Holder) -> Any:  # noqa: ANN401 - a row of the accounts table, or None.
    """The account that holds a socket as the database has it now; None when it is signed out, shut or gone."""
    if holder.token is not None:
        found = current_app.extensions["milkbridge_token_loader"](holder.token)
        return found[0] if found else None
    return current_app.extensions["milkbridge_account_loader"](holder.account)


def look_again(app: Flask) -> None:
    """
    Hang up on everybody who may no longer hold a socket, for whoever missed being told.

    Whom a busy database says nothing about is asked about again the next time; each event asks anyway.
    """
    for sid in app.extensions[SOCKETS].all():
        with app.app_context(), suppress(PoolTimeoutError, OperationalError):
            holder = sockets().holder(sid)
            try:
                gone = holder is not None and account_of(holder) is None
            finally:
                db.session.remove()
            if gone:
                socketio.emit("session.ended", {}, to=sid, ignore_queue=True)
                hang_up(sid)
        socketio.sleep(_TICK / 20)


def look_after(app: Flask, worker: Any) -> None:  # noqa: ANN401 - gunicorn's own.
    """Look after the sockets of this process for as long as gunicorn's ``worker`` lives, then hang up on all."""
    outside: dict[str, float] = {}
    ticks = 0
    while worker.alive:
        socketio.sleep(_TICK)
        ticks += 1
        if ticks % round(1 / _TICK) == 0:
            outside = _cut_off_those_outside(outside, time.monotonic())
        if ticks % round(LOOK_AGAIN / _TICK) == 0:
            socketio.start_background_task(look_again, app)
    hang_up_everybody(app)


def _cut_off_those_outside(known: dict[str, float], now: float) -> dict[str, float]:
    """
    Connections that let nobody in, or not any more, and since when.

    Those that are so for too long are closed; one that takes no notice of that is cut a look later.
    """
    engine, manager = socketio.server.eio, socketio.server.manager
    outside = {}
    for connection, line in list(engine.lines.items()):
        if manager.sid_from_eio_sid(connection, "/") is None:
            outside[connection] = known.get(connection, now)
            if now - outside[connection] > TO_BE_LET_IN:
                _end(engine.sockets.get(connection), line)
    return outside


def _end(transport: Any, line: Any) -> None:  # noqa: ANN401 - as above.
    if transport is None or transport.closed:
        line.cut()
    else:
        _close(transport)


def _close(transport: Any) -> None:  # noqa: ANN401 - engineio has no types.
    """Send what waits and close, without Engine.IO's word for the end, after which a page would stay away."""
    with suppress(Exception):  # it may end by itself at the same moment
        transport.close(wait=False, abort=True)


def hang_up_everybody(app: Flask, *, seconds: float = LAST_ANSWERS) -> None:
    """
    Close every connection, so that pages connect again elsewhere; whoever is being answered gets the answer first.

    Not told as an end of the session: Socket.IO's clients come back by themselves after a closed transport.
    """
    open_sockets: OpenSockets = app.extensions[SOCKETS]
    open_sockets.most = 0
    engine, manager = socketio.server.eio, socketio.server.manager
    deadline = time.monotonic() + seconds
    busy: set[str] = set()
    while engine.sockets and time.monotonic() < deadline:
        before, idle = busy, set(open_sockets.idle())
        busy = {manager.eio_sid_from_sid(sid, "/") for sid in open_sockets.all() if sid not in idle}
        for connection, transport in list(engine.sockets.items()):
            # An answer just given may still be on its way into the queue, so whoever was busy has another tick.
            if connection not in busy | before:
                _close(transport)
        socketio.sleep(_TICK)
