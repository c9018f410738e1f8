"""
Calls of the same moment, carried out together.

A way to the database, a commit and the wait for the disk cost a process hardly more for fifty messages than for one.
Nobody waits for company: whoever comes while nothing is on its way goes at once and alone, and whoever comes while
something is goes with all others who came meanwhile. So a quiet process does what it would do without this, and a busy
one makes groups, the larger the busier it is.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import Final, Generic, TypeVar

Asked = TypeVar("Asked")
Done = TypeVar("Done")

PATIENCE: Final = 30.0
"""Seconds that a call waits: longer than any group takes that does not hang, shorter than a proxy waits."""

STALLED: Final = 0.25
"""Seconds without a departure, while somebody waits, after which one more lane is opened."""


class GroupLostError(RuntimeError):
    """Whoever carries out the group was ended in the middle of it, or hangs: what becomes of it is not known."""


class _Call(Generic[Asked, Done]):
    """One call: what it asks, and what it is woken with: an outcome, an error, or the group that it is to carry out."""

    __slots__ = ("asked", "error", "group", "outcome", "woken")

    def __init__(self, asked: Asked) -> None:
        self.asked: Final = asked
        self.woken: Final = threading.Event()
        self.group: Sequence[_Call[Asked, Done]] = ()
        self.outcome: Done | None = None
        self.error: Exception | None = None


class Together(Generic[Asked, Done]):
    """
    One way to do something for many callers.

    ``do`` is given what the calls of a group ask, in the order in which they came, and returns an outcome for each;
    what it raises is raised to each of them. It runs in the thread (and the context) of the group's first call. A group
    has at most ``most`` calls, and never are two on their way that are the same by ``apart``: the later one goes with a
    later group.

    One group is on its way at a time: two at once are slower for all, because each is smaller. Only while one is held
    up (:data:`STALLED`) another lane is opened for those who wait, up to ``lanes`` in all, until it is back.

    Whoever calls must hold nothing that ``do`` may have to wait for, a connection of a pool above all: the first of a
    group would wait for those that wait for it.
    """

    def __init__(
        self,
        do: Callable[[Sequence[Asked]], Sequence[Done]],
        *,
        apart: Callable[[Asked], Hashable],
        lanes: int,
        most: int,
    ) -> None:
        """Nobody has called yet."""
        self._do, self._apart, self._most, self._all_lanes = do, apart, most, lanes
        self._lanes, self._away, self._departed = 1, 0, 0.0
        self._guard = threading.Lock()
        self._waiting: deque[_Call[Asked, Done]] = deque()
        self._on_their_way: set[Hashable] = set()

    def __call__(self, asked: Asked) -> Done:
        """The outcome for ``asked``; whatever ``do`` raised, or :class:`GroupLostError`."""
        mine: _Call[Asked, Done] = _Call(asked)
        with self._guard:
            self._waiting.append(mine)
            self._send_next()
        woken = False
        try:
            woken = self._woken(mine)
        finally:
            if not woken:
                self._forget(mine)
        if not woken:
            raise GroupLostError
        if mine.group:
            self._carry_out(mine.group)
        if mine.error is not None:
            raise mine.error
        return mine.outcome  # type: ignore[return-value]  # An outcome is there wherever no error is.

    def _woken(self, mine: _Call[Asked, Done]) -> bool:
        until = time.monotonic() + PATIENCE
        while not mine.woken.wait(STALLED):
            now = time.monotonic()
            if now >= until:
                return False
            with self._guard:
                if now - self._departed >= STALLED and self._lanes < self._all_lanes:
                    self._lanes = self._away + 1
                    self._send_next()
        return True

    def _send_next(self) -> None:
        """Wake the first of the next group, if there is a lane for it and anybody in it; the guard is held."""
        group = self._next_group() if self._away < self._lanes else ()
        if group:
            self._away += 1
            self._departed = time.monotonic()
            group[0].group = group
            group[0].woken.set()

    def _next_group(self) -> Sequence[_Call[Asked, Done]]:
        group: list[_Call[Asked, Done]] = []
        left: deque[_Call[Asked, Done]] = deque()
        for each in self._waiting:
            key = self._apart(each.asked)
            if len(group) < self._most and key not in self._on_their_way:
                self._on_their_way.add(key)
                group.append(each)
            else:
                left.append(each)
        self._waiting = left
        return group

    def _carry_out(self, group: Sequence[_Call[Asked, Done]]) -> None:
        try:
            outcomes = self._do([each.asked for each in group])
            for each, outcome in zip(group, outcomes, strict=True):
                each.outcome = outcome
        except Exception as error:  # noqa: BLE001 - each of the group raises it.
            for each in group:
                each.error = error
        except BaseException:
            for each in group:
                each.error = GroupLostError()
            raise
        finally:
            self._arrived(group)
            for each in group[1:]:
                each.woken.set()

    def _arrived(self, group: Sequence[_Call[Asked, Done]]) -> None:
        with self._guard:
            self._on_their_way.difference_update(self._apart(each.asked) for each in group)
            self._away -= 1
            self._lanes = max(1, self._away)
            self._send_next()

    def _forget(self, mine: _Call[Asked, Done]) -> None:
        """
        Wait no longer for a call that was ended while it waited, or lost its patience.

        The group it was to carry out falls to the next in it; a group that carries it along does so in vain.
        """
        with self._guard:
            if mine in self._waiting:
                self._waiting.remove(mine)
            self._waiting.extendleft(reversed(mine.group[1:]))
        if mine.group:
            self._arrived(mine.group)
