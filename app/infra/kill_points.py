"""
Named moments at which a test may have this process killed, so that the tests of faults meet the narrow gaps for sure.

Armed by the setting MILKBRIDGE_KILL_AT, which production refuses; unarmed, a point costs one comparison. What the
names mean stands where they are called.
"""

import os
import signal
import threading
from typing import Final

AFTER_ACK: Final = "after_ack"

ACK_SECONDS: Final = 0.05
"""How long acknowledgements may still leave the process after ``after_ack`` was reached."""


class _Armed:
    """Which point kills, and how often it must still be reached."""

    def __init__(self) -> None:
        self.name = ""
        self.left = 0
        self.lock = threading.Lock()


_armed = _Armed()


def arm(kill_at: str) -> None:
    """Kill this process when the point of ``kill_at`` is reached: ``name``, or ``name:N`` for the N-th time; empty
    disarms.
    """
    name, _, number = kill_at.partition(":")
    with _armed.lock:
        _armed.name, _armed.left = name, int(number or 1)


def reached(name: str) -> bool:
    """
    Say that the point ``name`` is reached; when it is the armed one, and this the time it was armed for, the process
    is gone without a word (SIGKILL).

    ``after_ack`` alone kills :data:`ACK_SECONDS` later and returns True from then on: its caller must no longer push,
    so that what is seen from outside is a process that acknowledged and then died before it told the others.
    """
    if name != _armed.name:
        return False
    with _armed.lock:
        _armed.left -= 1
        left = _armed.left
    if left > 0:
        return False
    if name != AFTER_ACK:
        _die()
    elif left == 0:
        threading.Timer(ACK_SECONDS, _die).start()
    return True


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
