"""A small Socket.IO client on asyncio: one connection, acknowledgements, pushes, and ways to break it."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, cast

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Ping, Request, TextMessage
from wsproto.utilities import ProtocolError

HELLO_SECONDS = 10


class RefusedError(Exception):
    """The server answered the connection with a refusal."""


class Wire(asyncio.Protocol):
    """One connection; ``heard(event, payload)`` is called for each push. ``ended`` is set when it is over."""

    def __init__(self, heard: Callable[[str, Any], None]) -> None:
        self._heard = heard
        self._ws = WSConnection(ConnectionType.CLIENT)
        self._words = ""
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._number = 0
        self._hello: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._auth = ""
        self.ended = asyncio.Event()
        self.transport: asyncio.Transport

    @classmethod
    async def open(cls, port: int, cookie: str, csrf: str, heard: Callable[[str, Any], None]) -> "Wire":
        """Connect as a page of the site does; raises OSError or :class:`RefusedError`."""
        loop = asyncio.get_running_loop()
        _, wire = await loop.create_connection(lambda: cls(heard), "127.0.0.1", port)
        wire._auth = json.dumps({"csrf": csrf})
        headers = [(b"Origin", f"http://127.0.0.1:{port}".encode()), (b"Cookie", cookie.encode())]
        request = Request(
            host=f"127.0.0.1:{port}", target="/socket.io/?EIO=4&transport=websocket", extra_headers=headers
        )
        wire.transport.write(wire._ws.send(request))
        try:
            await asyncio.wait_for(wire._hello, HELLO_SECONDS)
        except TimeoutError:
            wire.transport.abort()
            raise OSError("no hello") from None
        except BaseException:
            wire.transport.abort()
            raise
        return wire

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.ended.set()
        for future in (self._hello, *self._asked.values()):
            if not future.done():
                future.set_exception(ConnectionError("the line is gone"))
                future.exception()  # asked for here, because perhaps nobody waits for it any more

    def data_received(self, data: bytes) -> None:
        try:
            self._ws.receive_data(data)
            for event in self._ws.events():
                self._take(event)
        except ProtocolError:
            self.transport.abort()

    def _take(self, event: Any) -> None:
        if isinstance(event, TextMessage):
            self._words += event.data
            if event.message_finished:
                words, self._words = self._words, ""
                self._packet(words)
        elif isinstance(event, Ping):
            self.transport.write(self._ws.send(event.response()))
        elif not isinstance(event, AcceptConnection):
            if not isinstance(event, CloseConnection) and not self._hello.done():
                self._hello.set_exception(RefusedError(type(event).__name__))
            self.transport.close()

    def _packet(self, words: str) -> None:
        """0 opens, 2 asks whether we live; 4 and a second sign is Socket.IO: welcome, bye, event, answer, refusal."""
        if words[0] == "0":
            self._write("40" + self._auth)
        elif words[0] == "2":
            self._write("3" + words[1:])
        elif words[:2] == "40":
            if not self._hello.done():
                self._hello.set_result(None)
        elif words[:2] == "42":
            name, *payload = json.loads(words[2:])
            self._heard(name, payload[0] if payload else None)
        elif words[:2] == "43":
            number, bracket, rest = words[2:].partition("[")
            asked = self._asked.pop(int(number), None)
            if asked is not None and not asked.done():
                asked.set_result(json.loads(bracket + rest)[0])
        elif words[:2] == "44" and not self._hello.done():
            self._hello.set_exception(RefusedError(words[2:]))
            self.transport.close()
        elif words[:2] == "41":
            self.transport.close()

    def _write(self, words: str) -> None:
        if not self.transport.is_closing():
            self.transport.write(self._ws.send(TextMessage(data=words)))

    def ask(self, event: str, payload: Any) -> asyncio.Future[Any]:
        """Send ``event`` now, in the order of calls; the future holds the acknowledgement, or ConnectionError."""
        self._number += 1
        answer = asyncio.get_running_loop().create_future()
        if self.ended.is_set():
            answer.set_exception(ConnectionError("the line is gone"))
            return answer
        self._asked[self._number] = answer
        self._write(f"42{self._number}" + json.dumps([event, payload]))
        return answer

    def cut(self, *, midway: bool = False) -> None:
        """Drop the line without a word; ``midway``, after half a frame."""
        if midway and not self.transport.is_closing():
            frame = self._ws.send(TextMessage(data="42" + json.dumps(["typing", {"conversation": "x" * 40}])))
            self.transport.write(frame[: len(frame) // 2])
        self.transport.abort()

    def deafen(self) -> None:
        """Hear nothing any more, as when the way back is gone; what is sent still arrives."""
        if not self.transport.is_closing():
            self.transport.pause_reading()
