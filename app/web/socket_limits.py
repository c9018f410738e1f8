"""
How many sockets are open, whose they are, and how fast each may speak.

Kept in the memory of one process: a limit that is lost with its process is no loss, because the sockets are lost with
it too. Knows neither Socket.IO nor a clock; whoever asks brings the seconds of a steady clock.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
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
class Holder:
    """Whose socket it is, and by what they were let in: the session's account key, or the secret of an API token."""

    person_id: int
    account: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)


@dataclass(slots=True)
class _Open:
    holder: Holder
    allowance: Allowance
    at_work: int = 0


@dataclass(slots=True)
class OpenSockets:
    """
    The sockets one process holds open.

    ``most`` is how many it can carry without starving its pages; None for no limit.
    """

    most: int | None = None
    _open: dict[str, _Open] = field(default_factory=dict)
    _of: dict[int, set[str]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def admit(self, sid: str, holder: Holder, *, now: float, alive: Callable[[str], bool]) -> bool:
        """
        Take a new socket in, or answer False when the person or the process has its fill.

        ``alive`` tells which earlier sockets still exist: the end of a connection is not always reported.
        """
        with self._lock:
            self._forget_dead(self._of.get(holder.person_id, ()), sid, alive)
            if self._is_full():
                self._forget_dead(self._open, sid, alive)
            if len(self._of.get(holder.person_id, ())) >= SOCKETS_PER_PERSON or self._is_full():
                return False
            self._of.setdefault(holder.person_id, set()).add(sid)
            self._open[sid] = _Open(holder, Allowance(BURST, now))
            return True

    def _is_full(self) -> bool:
        return self.most is not None and len(self._open) >= self.most

    def _forget_dead(self, sids: Iterable[str], new: str, alive: Callable[[str], bool]) -> None:
        for gone in [known for known in sids if known != new and not alive(known)]:
            self._forget(gone)

    def _forget(self, sid: str) -> None:
        entry = self._open.pop(sid, None)
        if entry is not None:
            theirs = self._of[entry.holder.person_id]
            theirs.discard(sid)
            if not theirs:
                del self._of[entry.holder.person_id]

    def release(self, sid: str) -> None:
        """Forget a socket; an unknown one is no error."""
        with self._lock:
            self._forget(sid)

    def of(self, person_id: int, *, by_token: bool = False) -> list[str]:
        """The open sockets of one person, or only those that were let in ``by_token``."""
        with self._lock:
            theirs = self._of.get(person_id, ())
            return [sid for sid in theirs if not by_token or self._open[sid].holder.token is not None]

    def all(self) -> list[str]:
        """Every open socket."""
        with self._lock:
            return list(self._open)

    def holder(self, sid: str) -> Holder | None:
        """Whose socket ``sid`` is, None when it was not let in."""
        entry = self._open.get(sid)
        return entry.holder if entry is not None else None

    def spend(self, sid: str, *, now: float) -> float | None:
        """Take one event of ``sid``: 0 when allowed, the seconds to wait when not, None for a socket not let in."""
        with self._lock:
            entry = self._open.get(sid)
            return None if entry is None else entry.allowance.spend(now)

    def give_back(self, sid: str) -> None:
        """Take back one :meth:`spend` of ``sid``, which is counted once more elsewhere."""
        with self._lock:
            entry = self._open.get(sid)
            if entry is not None:
                entry.allowance.tokens += 1

    @contextmanager
    def at_work(self, sid: str) -> Iterator[None]:
        """Mark ``sid`` as being answered while the block runs."""
        entry = self._open.get(sid)
        if entry is not None:
            entry.at_work += 1
        try:
            yield
        finally:
            if entry is not None:
                entry.at_work -= 1

    def idle(self) -> list[str]:
        """The sockets of which no event is being answered."""
        with self._lock:
            return [sid for sid, entry in self._open.items() if not entry.at_work]
