"""
The WebSocket below Socket.IO, made to write whole frames.

simple-websocket 1.1 calls ``send`` where it means ``sendall``. Under gevent, and on any socket with a time-out, a
reader who is slow gets a part of the frame then, and reads the next one from its middle. It also writes from two
places (the sender and whoever answers a ping), so that one could write into the other's frame. And it reads in a
thread of its own beside the one that waits for what was read: with its stack, 12 KB of each open page.
"""

import os
import socket
import ssl
from contextlib import suppress
from threading import Lock
from types import MethodType
from typing import Any, Final

from simple_websocket import ConnectionClosed, Server
from simple_websocket.ws import LocalProtocolError

from app.web.server_outbox import Outbox, Rest

SILENCE: Final = 45.0
"""Seconds without a byte read, or for one frame to be taken, after which a connection is given up: Engine.IO asks each
client for a sign of life every 25 s and waits 20 s for it."""

_SHORT: Final = 126
_LONG: Final = 0x10000
"""Lengths from which on they stand in two bytes of their own, and in eight."""

_PLACES: Final = ("gunicorn.socket", "werkzeug.socket")
"""Where the servers put the connection; simple-websocket looks there."""


class WholeSends:
    """A socket whose ``send`` writes everything or ends the connection, one writer at a time."""

    def __init__(self, connection: socket.socket) -> None:
        """Take ``connection`` over; it gives up after :data:`SILENCE`."""
        connection.settimeout(SILENCE)
        self._connection = connection
        self._is_plain = not isinstance(connection, ssl.SSLSocket)
        self._rest = b""
        self._writing = Lock()

    def send(self, data: bytes) -> int:
        """
        Write all of ``data``; any failure ends the connection, because nobody can read on after half a frame, and is a
        BrokenPipeError, the only one that simple-websocket expects when it says good-bye to who has left.
        """
        with self._writing:
            try:
                self._connection.sendall(self._rest + data)
            except OSError as error:
                self.cut()
                raise BrokenPipeError from error
            self._rest = b""
        return len(data)

    def begin(self, data: bytes) -> bool:
        """
        Write of ``data`` what the system takes at once, and keep the rest for the next :meth:`send`.

        False when nothing was written: the system takes nothing, another is writing, the connection has ended, or it is
        encrypted on its way through the socket.
        """
        if not self._is_plain or not self._writing.acquire(blocking=False):
            return False
        try:
            if self._rest:
                return False
            # Straight to the system: the socket's own ways to write wait, with a time-out also before they begin.
            taken = os.write(self._connection.fileno(), data)
            self._rest = data[taken:]
        except OSError:
            return False
        finally:
            self._writing.release()
        return True

    def is_behind(self) -> bool:
        """Whether something is left of what was begun."""
        return bool(self._rest)

    def recv(self, most: int) -> bytes:
        """The next bytes; empty at the end."""
        return self._connection.recv(most)

    def fileno(self) -> int:
        """The descriptor, for whoever waits for it."""
        return self._connection.fileno()

    def cut(self) -> None:
        """End the connection for whoever reads from it or writes to it."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection; whoever is writing to it is let go first, so that nobody writes to its successor."""
        self.cut()
        with self._writing:
            self._connection.close()


def text_frame(message: str) -> bytes:
    """A server's frame with the whole of a text: not masked, in one part, nothing agreed on (RFC 6455, section 5.2)."""
    data = message.encode()
    length = len(data)
    if length < _SHORT:
        return b"\x81%c%b" % (length, data)
    if length < _LONG:
        return b"\x81\x7e%b%b" % (length.to_bytes(2, "big"), data)
    return b"\x81\x7f%b%b" % (length.to_bytes(8, "big"), data)


class _Nobody:
    """In the place of the library's thread: does nothing."""

    name = ""

    def __init__(self, **_what: object) -> None:
        """Take no note of it."""

    def start(self) -> None:
        """Begin nothing."""


class ReadByWhoWaits(Server):  # type: ignore[misc]  # the library tells no types.
    """
    A connection that is read by whoever waits for a message, and meanwhile by nobody.

    A page that says more while it is being answered waits in the system's own queue, not in ours.
    """

    connected: bool

    def __init__(self, environ: dict[str, Any], **how: Any) -> None:  # noqa: ANN401 - as the library's.
        """Shake hands at once; raises when the other side does not."""
        super().__init__(environ, **{**how, "thread_class": _Nobody})

    def receive(self, timeout: float | None = None) -> str | bytes:
        """The next message, however long it takes; raises ConnectionClosed at the end."""
        del timeout
        while self.connected and not self.input_buffer:
            self._read()
        if self.input_buffer:
            return self.input_buffer.pop(0)  # type: ignore[no-any-return]  # as above.
        # Whoever is writing to it still is let go.
        self.sock.close()
        raise ConnectionClosed(self.close_reason, self.close_message)

    def _read(self) -> None:
        try:
            data = self.sock.recv(self.receive_bytes)
            if data:
                self.ws.receive_data(data)
            # It may have been ended from our side meanwhile, whatever the other still says.
            self.connected = bool(data) and self._handle_events() and self.connected
        except (OSError, LocalProtocolError):
            self.connected = False


class WholeFrames:
    """
    Over Engine.IO's WebSocket: frames are sent by :class:`WholeSends`, uncompressed because that costs 95 KB each, and
    none longer than ``longest`` is waited for; they are read by :class:`ReadByWhoWaits`.

    ``app`` is a method of Engine.IO's connection, whose queue :func:`use_whole_frames` made an outbox. Each stands in
    ``lines`` under the connection's id for as long as it keeps its thread or greenlet.
    """

    longest: int
    lines: dict[str, "WholeFrames"]
    app: MethodType
    server_args: dict[str, Any]
    ws: ReadByWhoWaits
    outbox: Outbox

    def __call__(self, environ: dict[str, Any], _start_response: Any) -> Any:  # noqa: ANN401 - WSGI.
        """Serve one connection until it ends; the ways in which each server is told so are Engine.IO's."""
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        for place in _PLACES:
            if place in environ:
                environ[place] = WholeSends(environ[place])
        self.ws = ReadByWhoWaits(environ, **self.server_args, max_message_size=self.longest)
        connection: Any = self.app.__self__
        self.outbox = connection.queue
        self.outbox.open(self)
        self.lines[connection.sid] = self
        try:
            ended = self.app(self)
        finally:
            self.outbox.open(None)
            del self.lines[connection.sid]
        if self.ws.mode == "gunicorn":
            raise StopIteration
        if self.ws.mode == "werkzeug":
            raise ConnectionError
        return ended

    def send(self, message: str | bytes | Rest) -> None:
        """Write a message that waited; OSError when the connection has ended, as the library's."""
        if isinstance(message, bytes):
            super().send(message)  # type: ignore[misc]  # the WebSocket it is laid over.
        elif self.ws.connected:
            self.ws.sock.send(b"" if isinstance(message, Rest) else text_frame(message))
        else:
            raise OSError
        self.outbox.written()

    def take(self, message: str | bytes) -> bool:
        """As the outbox asks."""
        return isinstance(message, str) and self.ws.connected and self.ws.sock.begin(text_frame(message))

    def cut(self) -> None:
        """End the connection, whatever the other side does."""
        self.ws.sock.cut()

    def is_behind(self) -> bool:
        """As the outbox asks."""
        return bool(self.ws.sock.is_behind())


def use_whole_frames(engine: Any, *, longest: int) -> None:  # noqa: ANN401 - engineio has no types.
    """
    Let an Engine.IO server send whole frames, with the threads or greenlets of its own mode.

    Its ``lines`` are the connections that keep one of those.
    """
    engine.lines = {}
    theirs = engine._async["websocket"]  # noqa: SLF001 - it offers no other door.
    ours = type("WholeWebSocket", (WholeFrames, theirs), {"longest": longest, "lines": engine.lines})
    queue = engine._async["queue"]  # noqa: SLF001 - as above.
    engine._async = {**engine._async, "websocket": ours, "queue": lambda: Outbox(queue())}  # noqa: SLF001 - as above.
