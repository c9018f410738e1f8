"""A bare python-socketio server that stores nothing: what the library costs on the same gunicorn."""

from typing import Any

import socketio

from app.web.server import is_cooperative

server = socketio.Server(
    async_mode="gevent" if is_cooperative() else "threading", async_handlers=False, transports=["websocket"],
    cors_allowed_origins="*",
)  # fmt: skip


@server.event
def connect(sid: str, _environ: object, auth: dict[str, str]) -> None:
    """Everybody has a room, as with us."""
    server.enter_room(sid, auth["name"])


@server.on("message.send")
def say(_sid: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Hand it to the other one and answer."""
    server.emit("message.new", payload, room=payload["conversation"])
    return {"ok": True}


def page(_environ: object, start_response: Any) -> list[bytes]:
    """Answer that it runs."""
    start_response("200 OK", [])
    return [b"ok"]


app = socketio.WSGIApp(server, page)
