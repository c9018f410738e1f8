"""A page behind a very slow line: a WebSocket read by hand, because a client library would read ahead."""

import json
import socket
from typing import Any

import websocket

from tests.web.served import Browser


class SlowReader:
    """A Socket.IO client that reads when it is told to; its own system takes hardly anything ahead."""

    def __init__(self, browser: Browser) -> None:
        self._auth = {"csrf": browser.token("/messages")}
        headers = browser.headers()
        url = browser.server.url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
        self.line = websocket.create_connection(
            url, cookie=headers["Cookie"], origin=headers["Origin"], timeout=60,
            sockopt=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)],
        )  # fmt: skip
        assert self.line.recv().startswith("0{")
        self.line.send("40" + json.dumps(self._auth))
        assert self.line.recv().startswith("40{")

    def ask(self, number: int, event: str, payload: dict[str, Any]) -> None:
        """Send an event and do not wait for its answer."""
        self.line.send(f"42{number}" + json.dumps([event, payload]))

    def answers(self, number: int) -> list[Any]:
        """The next ``number`` answers; what is no whole frame raises."""
        found = []
        while len(found) < number:
            frame = self.line.recv()
            if frame == "2":
                self.line.send("3")
            elif frame.startswith("43"):
                found.append(json.loads(frame[frame.index("[") :])[0])
        return found

    def close(self) -> None:
        self.line.shutdown()
