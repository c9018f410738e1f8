"""
The sign of life that Engine.IO asks each open page for, asked of all of them by one thread or greenlet.

The library keeps one asleep for each page, and its stack is a good part of what an open page costs.
"""

import time
from collections import deque
from contextlib import suppress
from typing import Any, Final

from engineio.packet import PING, Packet
from engineio.socket import Socket

from app.infra.clock import utcnow

TOGETHER: Final = 0.1
"""Seconds within which those whose turn comes are asked together."""


class Beats:
    """Asks the connections of ``engine``, each as long after its last answer as Engine.IO says."""

    def __init__(self, engine: Any) -> None:  # noqa: ANN401 - engineio has no types.
        """Ask nobody yet."""
        self._engine = engine
        self._waiting: deque[tuple[float, Socket]] = deque()
        self._start = engine.start_background_task
        self._begun = False

    def start(self, target: Any, *args: Any, **more: Any) -> Any:  # noqa: ANN401 - as the library's.
        """What Engine.IO begins its background tasks by: all of them but the one that sleeps until a page is asked."""
        if getattr(target, "__func__", None) is not Socket._send_ping:  # noqa: SLF001 - it has no public name.
            return self._start(target, *args, **more)
        self._waiting.append((time.monotonic() + self._engine.ping_interval, target.__self__))
        if not self._begun:
            self._begun = True
            self._start(self._ask_all)
        return None

    def _ask_all(self) -> None:
        while True:
            self._engine.sleep(self.ask(time.monotonic()))

    def ask(self, now: float) -> float:
        """Ask everybody whose turn has come, and return the seconds until the next one's may: who waits first, is."""
        while self._waiting and self._waiting[0][0] <= now:
            _, connection = self._waiting.popleft()
            # One that ends at this moment is nobody else's trouble.
            with suppress(Exception):
                _ask(connection)
        until = self._waiting[0][0] - now if self._waiting else self._engine.ping_interval
        return max(TOGETHER, float(until))


def _ask(connection: Socket) -> None:
    if not connection.closing and not connection.closed:
        connection.last_ping = utcnow().timestamp()
        connection.send(Packet(PING))


def ask_by_one(engine: Any) -> None:  # noqa: ANN401 - as above.
    """Let an Engine.IO server ask so."""
    engine.start_background_task = Beats(engine).start
