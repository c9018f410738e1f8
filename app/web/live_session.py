"""
The session behind a live page, read from its cookie once, and its address, looked up never.

Every event of a socket is a request of its own to Flask, with the cookie and the address of the handshake: what they
said then they say for ever, and checking the signature and looking through all addresses again takes longer than all
else that an event needs of Flask.
"""

from typing import Final, NoReturn

from apiflask import APIFlask
from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from werkzeug.exceptions import NotFound
from werkzeug.routing import MapAdapter

PATH: Final = "/socket.io/"
"""Where sockets are opened; no page lies there."""

_READ: Final = "milkbridge.session"
_ADDRESSES: Final = "milkbridge.addresses"


class ReadOnce(SecureCookieSessionInterface):
    """Flask's own, which for a socket remembers what the cookie said."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of a request; every event of a socket gets one of its own, as it was at the handshake."""
        if not request.path.startswith(PATH):
            return super().open_session(app, request)
        known = request.environ.get(_READ)
        if known is None:
            opened = super().open_session(app, request)
            request.environ[_READ] = known = dict(opened or {})
        return self.session_class(known)


class _NoPage(MapAdapter):
    """The addresses of the site as seen from a socket's own: it makes them as any, but no page lies where it is."""

    def __init__(self, seen: MapAdapter) -> None:
        """See what ``seen`` sees."""
        vars(self).update(vars(seen))

    def match(self, *_args: object, **_more: object) -> NoReturn:
        """Say so without looking for one."""
        raise NotFound


class Site(APIFlask):
    """Flask, which for a socket remembers what its handshake's address was."""

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """What makes and reads addresses for a request; raises for a host that is not ours, at each event anew."""
        if request is None or not request.path.startswith(PATH):
            return super().create_url_adapter(request)
        known: MapAdapter | None = request.environ.get(_ADDRESSES)
        if known is None:
            seen = super().create_url_adapter(request)
            known = request.environ[_ADDRESSES] = None if seen is None else _NoPage(seen)
        return known
