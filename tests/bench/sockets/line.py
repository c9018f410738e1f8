"""One Socket.IO connection spoken by hand on asyncio: a load generator must cost far less than the server it loads."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Final, cast

_SHORT: Final = 126
"""A length from here on stands in the bytes that follow."""
_TEXT: Final = 1
_CLOSE: Final = 8
_PING: Final = 9


class Line(asyncio.Protocol):
    """
    ``heard(event, payload)`` is called for each push, ``answered(number, answer)`` for each acknowledgement.

    ``welcome`` is done when the server let it in; it fails with ConnectionError when not.
    """

    def __init__(self, request: bytes, auth: str) -> None:
        self._request, self._auth = request, auth
        self._waiting = bytearray()
        self._upgraded = False
        self.welcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.heard: Callable[[str, Any], None] = lambda _event, _payload: None
        self.answered: Callable[[int, Any], None] = lambda _number, _answer: None
        self.transport: asyncio.Transport

    @classmethod
    async def open(cls, address: str, auth: dict[str, str], cookie: str = "") -> "Line":
        """Connect as a page does and return once let in; raises ConnectionError or OSError."""
        request = (
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\n"
            f"Cookie: {cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        host, _, port = address.partition(":")
        loop = asyncio.get_running_loop()
        _, line = await loop.create_connection(lambda: cls(request.encode(), json.dumps(auth)), host, int(port))
        await line.welcome
        return line

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(self._request)

    def connection_lost(self, error: Exception | None) -> None:
        del error
        self._refuse("the line is gone")

    def _refuse(self, why: str) -> None:
        if not self.welcome.done():
            self.welcome.set_exception(ConnectionError(why))
        self.transport.close()

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        if not self._upgraded:
            end = self._waiting.find(b"\r\n\r\n")
            if end < 0:
                return
            if b" 101 " not in self._waiting[:20]:
                self._refuse(self._waiting[:40].decode(errors="replace"))
                return
            self._upgraded = True
            del self._waiting[: end + 4]
        self._frames()

    def _frames(self) -> None:
        """Take whole frames; a server sends them unmasked, and ours never in parts."""
        waiting, start = self._waiting, 0
        while len(waiting) - start >= 2:
            length, at = waiting[start + 1], start + 2
            if length >= _SHORT:
                more = 2 if length == _SHORT else 8
                length, at = int.from_bytes(waiting[at : at + more], "big"), at + more
            if len(waiting) < at + length:
                break
            kind, told = waiting[start] & 15, waiting[at : at + length]
            start = at + length
            if kind == _TEXT:
                self._packet(told.decode())
            elif kind == _CLOSE:
                self._refuse("closed")
            elif kind == _PING:
                self.transport.write(b"\x8a\x80\0\0\0\0")
        del waiting[:start]

    def _packet(self, words: str) -> None:
        head = words[:2]
        if head == "42":
            self.heard(*json.loads(words[2:]))
        elif head == "43":
            bracket = words.index("[")
            self.answered(int(words[2:bracket]), json.loads(words[bracket:])[0])
        elif words[0] == "2":
            self._write("3")
        elif words[0] == "0":
            self._write("40" + self._auth)
        elif head == "40" and not self.welcome.done():
            self.welcome.set_result(None)
        elif head in {"41", "44"} or words[0] == "1":
            self._refuse(words)

    def _write(self, words: str) -> None:
        """A client must mask; a mask of zeros is one, and costs nothing."""
        data = words.encode()
        length = len(data)
        head = bytes((0x81, 0x80 | length)) if length < _SHORT else b"\x81\xfe" + length.to_bytes(2, "big")
        self.transport.write(head + b"\0\0\0\0" + data)

    def ask(self, number: int, event: str, payload: Any) -> None:
        """Send ``event``, to be answered under ``number``."""
        self._write(f"42{number}" + json.dumps([event, payload]))
