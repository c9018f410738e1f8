"""A real Socket.IO client that hands on what it hears in the order in which it came, and the end of a socket."""

import time
from typing import Any

import engineio
import socketio


class _Line(engineio.Client):
    """The library's own begins a thread for each message, and threads may overtake each other."""

    def _trigger_event(self, event: str, *args: Any, **more: Any) -> Any:
        return super()._trigger_event(event, *args, **{**more, "run_async": False})


class InOrder(socketio.Client):
    """The library's client over such a line; a handler must not wait for an answer."""

    def _engineio_client_class(self) -> type[engineio.Client]:
        return _Line


def hangs_up(line: Any) -> bool:
    """Whether what has ``connected`` loses that, a moment after the last answer: waited for, as it may take a while."""
    deadline = time.monotonic() + 60
    while line.connected and time.monotonic() < deadline:
        time.sleep(0.01)
    return not line.connected
