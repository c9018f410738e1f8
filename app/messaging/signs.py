"""
Signs of typing and of being here: kept in an application's memory alone, and gone with the process, which harms nobody.

Whoever talks to another process is not known here; nothing that must be right may ask this module.
"""

from threading import Lock
from typing import Final

from flask import current_app

TYPING_EVERY: Final = 2.0
"""Seconds between two signs of typing that one person may send into one conversation."""

HERE_FOR: Final = 30.0
"""
Seconds for which a sign of being here is answered to the other one; the next sign is due after 25.

The page that is answered shows it as long again: no more than 60 seconds after the sign in all.
"""

_REMEMBERED: Final = 2000

TYPING: Final = "milkbridge_typing"
HERE: Final = "milkbridge_here"
"""Where an application keeps them among its extensions."""


class Typing:
    """When somebody last showed typing."""

    def __init__(self) -> None:
        self._last: dict[tuple[int, int], float] = {}
        self._lock = Lock()

    def due(self, person_id: int, conversation_id: int, now: float) -> bool:
        """Whether another sign may go out ``now``; if so it counts as sent."""
        key = (person_id, conversation_id)
        with self._lock:
            if now - self._last.get(key, -TYPING_EVERY) < TYPING_EVERY:
                return False
            if len(self._last) >= _REMEMBERED:
                self._last = {known: at for known, at in self._last.items() if now - at < TYPING_EVERY}
            self._last[key] = now
            return True


class Here:
    """Who gave a sign of looking at which conversation, only while it counts."""

    def __init__(self) -> None:
        self._last: dict[tuple[int, int], float] = {}
        self._lock = Lock()

    def note(self, person_id: int, conversation_id: int, now: float) -> None:
        """Remember a sign given ``now``, and forget all that count no longer."""
        with self._lock:
            self._last = {known: at for known, at in self._last.items() if now - at < HERE_FOR}
            self._last[person_id, conversation_id] = now

    def is_here(self, person_id: int, conversation_id: int, now: float) -> bool:
        """Whether this person gave a sign that still counts."""
        with self._lock:
            return now - self._last.get((person_id, conversation_id), float("-inf")) < HERE_FOR

    def forget(self, person_id: int, conversation_id: int) -> None:
        """Drop a person's sign, if there is one."""
        with self._lock:
            self._last.pop((person_id, conversation_id), None)


def of_typing() -> Typing:
    """Who typed last in the running application."""
    found: Typing = current_app.extensions.setdefault(TYPING, Typing())
    return found


def of_being_here() -> Here:
    """Who is here in the running application."""
    found: Here = current_app.extensions.setdefault(HERE, Here())
    return found
