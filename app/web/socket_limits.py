"""
How many sockets are open, whose they are, and how fast each may speak.

Kept in the memory of one process: a limit that is lost with its process is no loss, because the sockets are lost with
it too. Knows neither Socket.IO nor a clock; whoever asks brings the seconds of a steady clock.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

SOCKETS_PER_PERSON: Final = 5
"""Open pages of one person that may be live at once; a sixth works by reload."""

EVENTS_PER_SECOND: Final = 5.0
BURST: Final = 20.0


@dataclass(slots=True)
class Allowance:
    """A token bucket: :data:`BURST` events at once, refilled at :data:`EVENTS_PER_SECOND`."""

    tokens: float
    at: float

    def spend(self, now: float) -> float:
        """Take one event; return 0 when it was allowed, otherwise the seconds until the next one is."""
        self.tokens = min(BURST, self.tokens + (now - self.at) * EVENTS_PER_SECOND)
        self.at = now
        if self.tokens < 1:
            return (1 - self.tokens) / EVENTS_PER_SECOND
        self.tokens -= 1
        return 0.0


@dataclass(slots=True)
class _Open:
    person_id: int
    allowance: Allowance


@dataclass(slots=True)
class OpenSockets:
    """
    The sockets one process holds open.

    ``most`` is how many it can carry without starving its pages; None for no limit.
    """

    most: int | None = None
    _open: dict[str, _Open] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def admit(self, sid: str, person_id: int, *, now: float, alive: Callable[[str], bool]) -> bool:
        """
        Take a new socket in, or answer False when the person or the process has its fill.

        ``alive`` tells which earlier sockets still exist: the end of a connection is not always reported.
        """
        with self._lock:
            for gone in [known for known in self._open if known != sid and not alive(known)]:
                del self._open[gone]
            theirs = sum(entry.person_id == person_id for entry in self._open.values())
            if theirs >= SOCKETS_PER_PERSON or (self.most is not None and len(self._open) >= self.most):
                return False
            self._open[sid] = _Open(person_id, Allowance(BURST, now))
            return True

    def release(self, sid: str) -> None:
        """Forget a socket; an unknown one is no error."""
        with self._lock:
            self._open.pop(sid, None)

    def of(self, person_id: int) -> list[str]:
        """The open sockets of one person."""
        with self._lock:
            return [sid for sid, entry in self._open.items() if entry.person_id == person_id]

    def spend(self, sid: str, *, now: float) -> float | None:
        """Take one event of ``sid``: 0 when allowed, the seconds to wait when not, None for a socket not let in."""
        with self._lock:
            entry = self._open.get(sid)
            return None if entry is None else entry.allowance.spend(now)
