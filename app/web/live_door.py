"""Who is let in to a socket: a page of ours with a signed-in visitor, or a program with a token."""

import time
from collections.abc import Mapping
from typing import Any

from flask import request, session
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import join_room
from flask_wtf.csrf import validate_csrf
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException
from wtforms.validators import ValidationError

from app.infra.database import db
from app.infra.transaction import is_busy
from app.kernel.access import Identity
from app.web.live import account_of, room_of, socketio, sockets
from app.web.login import identity_of
from app.web.socket_limits import Holder


def sid() -> str:
    """The id of the socket this event came through; Flask-SocketIO puts it on the request."""
    return str(request.sid)  # type: ignore[attr-defined]


def person() -> Identity | None:
    """Whose socket this event came through, as the database has the account now; None when it may no longer speak."""
    holder = sockets().holder(sid())
    account = account_of(holder) if holder is not None else None
    return identity_of(account) if account is not None else None


def own_origin(origin: str | None, environ: Mapping[str, Any]) -> bool:
    """Whether a page of ours asks: scheme, host and port exactly those this request came to."""
    return origin == f"{environ.get('wsgi.url_scheme')}://{environ.get('HTTP_HOST')}"


def _from_own_page(auth: Mapping[str, object]) -> bool:
    """Whether the caller shows our origin (a missing one is not ours), a host we serve, and the page's CSRF token."""
    token = auth.get("csrf")
    try:
        # Reading the host raises for one that is not among the trusted hosts.
        known = bool(request.host) and own_origin(request.headers.get("Origin"), request.environ)
        validate_csrf(token if isinstance(token, str) else "")
    except (ValidationError, HTTPException):
        return False
    return known


def _holder(auth: Mapping[str, object]) -> Holder:
    """By what the caller asks to be let in. A program's token counts alone: what its cookies say is not read."""
    if "token" in auth:
        token = auth["token"]
        return Holder(0, token=token if isinstance(token, str) else "")
    if not _from_own_page(auth):
        raise Refused("refused")
    return Holder(0, account=session.get("_user_id"))


def _person_now(holder: Holder) -> int | None:
    """Whose account is behind ``holder``; a database too busy to say is a refusal after which a page knocks again."""
    try:
        account = account_of(holder)
        return None if account is None else int(account.id)
    except (OperationalError, PoolTimeoutError) as error:
        if not is_busy(error):
            raise
        raise Refused("busy") from error
    finally:
        db.session.remove()


def _connect(auth: object = None) -> None:
    """Let in whoever holds an account, while the person and the process have room for it."""
    holder = _holder(auth if isinstance(auth, dict) else {})
    person_id = _person_now(holder)
    if person_id is None:
        raise Refused("signed_out")
    holder.person_id = person_id
    alive = socketio.server.manager.is_connected
    if not sockets().admit(sid(), holder, now=time.monotonic(), alive=lambda known: alive(known, "/")):
        raise Refused("too_many")
    join_room(room_of(holder.person_id))


def _disconnect(_reason: object = None) -> None:
    sockets().release(sid())


socketio.on_event("connect", _connect)
socketio.on_event("disconnect", _disconnect)
