"""Compiled loops: one decorator, so that every loop is compiled alike and keeps its types for the checker."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Loop = TypeVar("Loop", bound=Callable[..., Any])


def compiled(loop: Loop) -> Loop:
    """
    ``loop`` compiled on its first call for the types it is called with; the result is kept beside the code.

    It runs without the interpreter's lock and rounds as Python does: no shortcuts in floating point.
    """
    return cast("Loop", njit(cache=True, nogil=True)(loop))


def inlined(loop: Loop) -> Loop:
    """
    ``loop`` compiled into whatever compiled loop calls it.

    For what is called for every pair: handing columns over to a call counts their references, which takes longer than
    the arithmetic.
    """
    return cast("Loop", njit(cache=True, nogil=True, inline="always")(loop))
