"""
Loops over millions of pairs, compiled when it pays.

A loop is written once, in plain Python over numpy arrays. Small graphs run it as it stands, so that a page of a
micro-round never waits for a compiler; large ones run the same text through numba.
"""

from collections.abc import Callable
from functools import cache

WORTH_COMPILING = 50_000
"""From so many pairs on, compiling (or loading what was compiled before) takes less time than it saves."""

Loop = Callable[..., None]


def loop(function: Loop, pairs: int) -> Loop:
    """``function`` itself, or its compiled twin when there are so many pairs that it pays."""
    return _compile(function) if pairs >= WORTH_COMPILING else function


@cache
def _compile(function: Loop) -> Loop:
    # A page of a micro-round needs nothing of what brings machine code.
    from app.kernel.compiling import compiled

    return compiled(function)
