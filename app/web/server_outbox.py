"""
What is said to one open page, written at once by whoever says it.

Engine.IO hands each packet to a thread or greenlet of the page's own, which writes it: two of them are woken for every
message that two phones exchange, and with threads each of them waits for the interpreter. A page mostly takes what it
is told at once, so whoever tells it writes it, and waits for nobody; what the page does not take at once, and all that
follows, waits for Engine.IO's writer as before.
"""

from threading import Lock
from typing import Any, Final, Protocol


class Line(Protocol):
    """What an :class:`Outbox` needs of a connection."""

    def take(self, message: str | bytes) -> bool:
        """
        Write ``message`` as far as the other side takes it at once; False when nothing of it was written.

        What is left of one that was begun goes before whatever is written next.
        """

    def is_behind(self) -> bool:
        """Whether something is left of a message that was begun."""


class Rest:
    """In the place of a packet: the rest of the one before."""

    def encode(self) -> "Rest":
        """Itself: it stands for bytes that the connection has."""
        return self


_REST: Final = Rest()


class Outbox:
    """In the place of Engine.IO's queue of a connection, and over it; packets are written in the order of ``put``."""

    def __init__(self, queue: Any) -> None:  # noqa: ANN401 - that of threads or of gevent.
        """Everything waits in ``queue`` until there is a line."""
        self._queue = queue
        self._line: Line | None = None
        self._waiting = 0
        self._guard = Lock()

    def open(self, line: Line | None) -> None:
        """From now on write to ``line`` at once what may be; with None no more, also for who is just about to."""
        with self._guard:
            self._line = line

    def put(self, packet: Any) -> None:  # noqa: ANN401 - Engine.IO's, or None for the end.
        """Say ``packet`` to the page."""
        with self._guard:
            if packet is not None:
                if not self._waiting and self._line is not None and self._line.take(packet.encode()):
                    if not self._line.is_behind():
                        return
                    packet = _REST
                self._waiting += 1
            self._queue.put(packet)

    def written(self) -> None:
        """One packet that waited was written."""
        with self._guard:
            self._waiting -= 1

    def get(self, block: bool = True, timeout: float | None = None) -> Any:  # noqa: ANN401, FBT001, FBT002 - as the library's.
        """
        The next packet that waits, for Engine.IO's writer.

        However long that takes: the library takes a page to whom nothing was said for one that is gone.
        """
        del timeout
        return self._queue.get(block=block)

    def task_done(self) -> None:
        """As the queue's."""
        self._queue.task_done()

    def join(self) -> None:
        """As the queue's."""
        self._queue.join()
