"""
The line between a phone and the server, which a test may cut: a relay of bytes on loopback.

A browser's own offline switch leaves an open WebSocket alone, and neither it nor a stopped server loses an answer that
is already on its way. Here the line itself breaks.
"""

import contextlib
import socket
from threading import Lock, Thread


class Cable:
    """Relays one address of its own to the server at ``port``; ``url`` is what the phone opens."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._lock = Lock()
        self._open: set[socket.socket] = set()
        self._deaf: set[socket.socket] = set()
        self._is_cut = self._is_deaf = False
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        Thread(target=self._admit, daemon=True).start()

    def cut(self) -> None:
        """Break every connection and let none in."""
        with self._lock:
            self._is_cut = True
        self._break()

    def mend(self) -> None:
        """Let connections in again."""
        with self._lock:
            self._is_cut = False

    def lose_answers(self, *, also_later: bool = False) -> None:
        """What the server says on the connections open now is lost; they stay open, and new ones work.

        With ``also_later`` the answers on new ones are lost as well, until :meth:`hear_again`.
        """
        with self._lock:
            self._deaf |= self._open
            self._is_deaf = also_later

    def hear_again(self) -> None:
        """New connections work again."""
        with self._lock:
            self._is_deaf = False

    def close(self) -> None:
        """Take the line away."""
        self._door.close()
        self._break()

    def _break(self) -> None:
        with self._lock:
            ends, self._open, self._deaf = self._open, set(), set()
        for end in ends:
            _hang_up(end)

    def _admit(self) -> None:
        while True:
            try:
                phone, _ = self._door.accept()
            except OSError:
                return
            with self._lock:
                refused = self._is_cut
            if refused or not self._join(phone):
                _hang_up(phone)

    def _join(self, phone: socket.socket) -> bool:
        try:
            server = socket.create_connection(("127.0.0.1", self._port))
        except OSError:
            return False
        for end in (phone, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open |= {phone, server}
            if self._is_deaf:
                self._deaf.add(phone)
        Thread(target=self._carry, args=(phone, server), daemon=True).start()
        Thread(target=self._carry, args=(server, phone), daemon=True).start()
        return True

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        """Carry bytes one way until an end hangs up; a deaf connection carries what the phone says and no answer."""
        with contextlib.suppress(OSError):
            # Also this fails on a line that was cut before its carrier began.
            from_server = source.getpeername()[1] == self._port
            while data := source.recv(65536):
                if not (from_server and target in self._deaf):
                    target.sendall(data)
        for end in (source, target):
            _hang_up(end)
        with self._lock:
            self._open -= {source, target}


def _hang_up(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
