"""The site without our WebSocket, as the library would serve it: to show what ours is for."""

from app.web.realtime import socketio
from wsgi import app

socketio.server.eio._async["websocket"] = socketio.server.eio._async["websocket"].__mro__[2]

__all__ = ["app"]
