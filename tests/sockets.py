"""A real Socket.IO client that hands on what it hears in the order in which it came, and how a socket ends."""

import time
from functools import partial
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


def hang_up(client: socketio.Client) -> None:
    """
    Leave at once, and no open line behind: the library leaves it to the collector where the server hung up first.

    The thread that reads takes the server's last frame, so waiting the usual 3 s for it is in vain.
    """
    line = client.eio.ws
    if line is None:
        return
    line.close = partial(line.close, timeout=0.05)
    client.eio.disconnect(abort=True)
    if line.sock is not None:
        line.shutdown()


def hangs_up(line: Any) -> bool:
    """Whether what has ``connected`` loses that, a moment after the last answer: waited for, as it may take a while."""
    deadline = time.monotonic() + 60
    while line.connected and time.monotonic() < deadline:
        time.sleep(0.01)
    return not line.connected
