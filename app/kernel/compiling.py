"""
Compiled loops: one decorator, so that every loop is compiled alike and keeps its types for the checker.

numba compiles. What it made is kept beside the code and called without numba from then on (:mod:`.machine_code`), for
loading a compiler takes longer than matching ten thousand families.
"""

from collections.abc import Callable, Iterator
from functools import cached_property
from threading import Lock
from types import CodeType
from typing import Any, TypeVar, cast

import numpy as np

from app.kernel import machine_code
from app.kernel.machine_code import Call, Shape

Function = TypeVar("Function", bound=Callable[..., Any])

_CONSTANTS = (bool, int, float, str, bytes, tuple, type(None))


def compiled(loop: Function) -> Function:
    """
    ``loop`` compiled on its first call for the types it is called with; the result is kept beside the code.

    It runs without the interpreter's lock and rounds as Python does: no shortcuts in floating point. It gives back one
    number or nothing; arrays it fills are handed to it, and nobody checks that they may be written. A division by zero
    gives an infinity.
    """
    return cast("Function", Loop(loop))


def inlined(loop: Function) -> Function:
    """
    ``loop`` compiled into whatever compiled loop calls it.

    For what is called for every pair: handing columns over to a call counts their references, which takes longer than
    the arithmetic.
    """
    return cast("Function", Loop(loop, inline="always"))


class Loop:
    """A function that is compiled when it is called, or when a compiled one calls it."""

    def __init__(self, function: Callable[..., Any], **options: Any) -> None:  # noqa: ANN401 - as numba takes them.
        """Nothing is loaded yet."""
        self.py_func = function
        self.__doc__, self.__name__ = function.__doc__, function.__name__
        self._options = options
        self._calls: dict[Shape, Call | None] = {}
        self._making = Lock()

    def __call__(self, *arguments: Any) -> Any:  # noqa: ANN401 - arrays, tuples of arrays and numbers.
        """What the function gives for these arguments."""
        shape = machine_code.shape_of(arguments)
        call = self._call(shape) if shape is not None else None
        # numba itself reads arrays whose rows do not lie one after another, and whatever else has no machine code.
        return self.dispatcher(*arguments) if call is None else call(*machine_code.flat(arguments))

    def _call(self, shape: Shape) -> Call | None:
        if shape not in self._calls:
            with self._making:
                if shape not in self._calls:
                    self._calls[shape] = machine_code.call_for(self, shape)
        return self._calls[shape]

    @cached_property
    def dispatcher(self) -> Any:  # noqa: ANN401 - numba has no types.
        """The function as numba knows it."""
        from numba import njit

        return njit(nogil=True, cache=True, error_model="numpy", **self._options)(self.py_func)

    @property
    def targetoptions(self) -> dict[str, Any]:
        """Where numba looks whether to compile this into its caller."""
        return self._options

    @property
    def _numba_type_(self) -> Any:  # noqa: ANN401 - as above.
        """By this numba knows, where a compiled function calls this one, that it can be compiled too."""
        return self.dispatcher._numba_type_

    def said(self) -> Iterator[object]:
        """All that decides what is compiled: bytecode and constants, of this function and of all that it calls."""
        yield from _said(self.py_func.__code__)
        known = self.py_func.__globals__
        for name in sorted(self.py_func.__code__.co_names):
            value = known.get(name)
            if isinstance(value, Loop):
                yield from value.said()
            elif isinstance(value, (*_CONSTANTS, np.generic)):
                yield name, repr(value)
            elif isinstance(value, np.ndarray):
                yield name, value.dtype.str, value.shape, value.tobytes()


def _said(code: CodeType) -> Iterator[object]:
    yield code.co_name, code.co_code, code.co_names, code.co_varnames
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _said(each)
        else:
            yield repr(each)


def is_ready(loop: Callable[..., Any]) -> bool:
    """Whether machine code of a compiled loop was kept by an earlier run; it may still be for other types."""
    return isinstance(loop, Loop) and machine_code.is_kept(loop)
