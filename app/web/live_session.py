"""
The session behind a live page, read from its cookie once.

Every event of a socket is a request of its own to Flask, with the cookie of the handshake: what it said then it says
for ever, and checking its signature again takes longer than all else that an event needs of Flask.
"""

from typing import Final

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

PATH: Final = "/socket.io/"
"""Where sockets are opened; no page lies there."""

_READ: Final = "milkbridge.session"


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
