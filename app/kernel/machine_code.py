"""
Compiled loops as machine code beside their source: made by numba once, called through ctypes from then on.

A loop for some types becomes a C function by numba's ``cfunc``; its object file is kept under ``__pycache__`` with all
that it depends on: what the loop says, the types, the versions, the processor. llvmlite brings it back in a
millisecond. What does not agree is made anew, and where nothing can be kept, it is made in each process.
"""

import ctypes
import hashlib
import os
import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import llvmlite.binding as llvm
import numpy as np

if TYPE_CHECKING:
    from app.kernel.compiling import Loop

Shape = tuple[Any, ...]
"""The types of arguments: an array is its element's and dimensions, a tuple its class and what it holds."""
Call = Callable[..., Any]

_FORMAT: Final = 2
_C_TYPES: Final = {"i": ctypes.c_int64, "f": ctypes.c_double, "b": ctypes.c_int64}
_RESULTS: Final = {"int64": ctypes.c_int64, "float64": ctypes.c_double, "bool": ctypes.c_bool, "none": ctypes.c_void_p}
_FREES: Final = "NRT_MemInfo_call_dtor"
_KEPT_ENGINES: Final[list[Any]] = []
"""Machine code lives as long as its engine does."""


def shape_of(arguments: Sequence[Any]) -> Shape | None:
    """The types of these arguments; None when one of them is an array that is not one row after another."""
    shapes = []
    for each in arguments:
        shape = _shape(each)
        if shape is None:
            return None
        shapes.append(shape)
    return tuple(shapes)


def _shape(argument: Any) -> Any:  # noqa: ANN401 - whatever a loop is called with.
    if isinstance(argument, np.ndarray):
        return (argument.dtype.str, argument.ndim) if argument.flags.c_contiguous and argument.flags.aligned else None
    if isinstance(argument, tuple):
        inside = shape_of(argument)
        return inside and (type(argument), inside)
    if isinstance(argument, (bool, np.bool_)):
        return "b"
    if isinstance(argument, (int, np.integer)):
        return "i"
    if isinstance(argument, (float, np.floating)):
        return "f"
    raise TypeError(f"a compiled loop takes arrays, numbers and tuples of them, not {type(argument).__name__}")


def flat(arguments: Sequence[Any]) -> Iterator[Any]:
    """The arguments as a C function takes them: of an array its address and its lengths."""
    for each in arguments:
        if isinstance(each, np.ndarray):
            yield each.ctypes.data
            yield from each.shape
        elif isinstance(each, tuple):
            yield from flat(each)
        else:
            yield bool(each) if isinstance(each, np.bool_) else each


def is_kept(loop: "Loop") -> bool:
    """Whether machine code of this loop was kept, for whatever types."""
    return any(_folder(loop).glob(f"{_stem(loop)}-*.o"))


def call_for(loop: "Loop", shape: Shape) -> Call | None:
    """The loop for arguments of these types, from what was kept, else compiled; None when it cannot stand alone."""
    # Everything a file depends on is in its first line, so that one that does not agree is written over.
    stamp = _stamp(loop, shape)
    path = _folder(loop) / f"{_stem(loop)}-{_digest(shape_text(shape))[:12]}.o"
    with suppress(OSError):
        head, _, code = path.read_bytes().partition(b"\n")
        told, _, rest = head.decode(errors="replace").partition(" ")
        whole, _, rest = rest.partition(" ")
        # A file cut short by a loss of power would end the process when it is loaded.
        if told == stamp and whole == _whole(rest, code):
            found = _loaded(rest, code, shape)
            if found is not None:
                return found
    name, result, needed, code = _made(loop, shape)
    if result not in _RESULTS:
        return None
    rest = " ".join([name, result, *needed])
    found = _loaded(rest, code, shape)
    if found is not None:
        _keep(path, f"{stamp} {_whole(rest, code)} {rest}\n".encode() + code)
    return found


def shape_text(shape: Shape) -> str:
    """The types as text; of a class its name and the names of what it holds."""
    return ",".join(map(_one_text, shape))


def _one_text(shape: Any) -> str:  # noqa: ANN401 - as above.
    if isinstance(shape, tuple) and isinstance(shape[0], type):
        return f"{shape[0].__qualname__}:{getattr(shape[0], '_fields', '')}({shape_text(shape[1])})"
    return str(shape)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=20).hexdigest()


def _whole(rest: str, code: bytes) -> str:
    """What a file is known to be whole by."""
    return hashlib.blake2b(rest.encode() + code, digest_size=20).hexdigest()


@cache
def _machine() -> str:
    return repr((
        _FORMAT, platform.machine(), platform.python_version(), version("numba"), llvm.llvm_version_info,
        np.__version__, llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten(),
    ))  # fmt: skip


def _stamp(loop: "Loop", shape: Shape) -> str:
    return _digest(repr((_machine(), shape_text(shape), list(loop.said()))))


def _folder(loop: "Loop") -> Path:
    return Path(loop.py_func.__code__.co_filename).parent / "__pycache__"


def _stem(loop: "Loop") -> str:
    return f"{Path(loop.py_func.__code__.co_filename).stem}.{loop.py_func.__name__}"


def _keep(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; where nothing may be written, nothing is kept."""
    part = path.with_name(f"{path.name}.{os.getpid()}")
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        part.write_bytes(content)
        part.replace(path)


@cache
def _target() -> Any:  # noqa: ANN401 - llvmlite has no types.
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_triple(llvm.get_process_triple())


def _target_machine() -> Any:  # noqa: ANN401 - as above.
    target = _target()
    # As numba asks for it: what was made by the one is brought back by the other.
    reloc = "static" if target.name.startswith("x86") else "default"
    return target.create_target_machine(
        opt=3, jit=True, reloc=reloc, codemodel="jitdefault", cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
    )  # fmt: skip


def _loaded(head: str, code: bytes, shape: Shape) -> Call | None:
    """Machine code as a function; None when it needs something that this process does not have."""
    name, result, *needed = head.split(" ")
    if not all(map(_is_there, needed)):
        return None
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target_machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    _KEPT_ENGINES.append(engine)
    kind = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, *_c_types(shape))
    return _checked(kind(engine.get_function_address(name)), _RESULTS[result])


def _is_there(name: str) -> bool:
    """Whether the process has a function of this name; what frees numba's own arrays need never run."""
    if not llvm.address_of_symbol(name) and name == _FREES:
        # Every array comes from outside, so nobody calls it; whoever did would end the process.
        llvm.add_symbol(name, ctypes.cast(ctypes.CDLL(None).abort, ctypes.c_void_p).value)
    return bool(llvm.address_of_symbol(name))


def _checked(function: Call, kind: Any) -> Call:  # noqa: ANN401 - a type of ctypes.
    """A function by numba's own convention: where its result goes, where an error goes, and its arguments."""

    def call(*arguments: Any) -> Any:  # noqa: ANN401 - as above.
        result, error = kind(), ctypes.c_void_p()
        if function(ctypes.addressof(result), ctypes.addressof(error), *arguments):
            raise ArithmeticError("a compiled loop met what it cannot work out")
        return result.value

    return call


def _c_types(shape: Shape) -> Iterator[Any]:
    for each in shape:
        if isinstance(each, str):
            yield _C_TYPES[each]
        elif isinstance(each[0], type):
            yield from _c_types(each[1])
        else:
            yield ctypes.c_void_p
            yield from (ctypes.c_int64,) * each[1]


def _made(loop: "Loop", shape: Shape) -> tuple[str, str, list[str], bytes]:
    """Compile: the function's name, its result, the functions of the process that it calls, and its object file."""
    from numba import carray, njit

    names: dict[str, Any] = {"loop": loop.dispatcher, "carray": carray}
    parameters: list[str] = []
    call = _written(shape, parameters, names, count())
    source = f"def entry({', '.join(parameters)}):\n    return loop({call})\n"
    # Written above out of types alone: nothing that anybody typed comes in.
    exec(source, names)  # noqa: S102 # nosec B102
    taken = tuple(_numba_c_types(shape))
    entry = njit(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)(names["entry"])
    entry.compile(taken)
    made = entry.overloads[taken]
    module = llvm.parse_assembly(entry.inspect_llvm(taken))
    needed = [each.name for each in module.functions if each.is_declaration and not each.name.startswith("llvm.")]
    result = str(made.signature.return_type)
    return made.fndesc.llvm_func_name, result, needed, _target_machine().emit_object(module)


def _written(shape: Shape, parameters: list[str], names: dict[str, Any], number: Iterator[int]) -> str:
    """The arguments of a call, as Python text; their parts are added to ``parameters``, classes to ``names``."""
    written = []
    for each in shape:
        name = f"a{next(number)}"
        if each == "b":
            parameters.append(name)
            written.append(f"{name} != 0")
        elif isinstance(each, str):
            parameters.append(name)
            written.append(name)
        elif isinstance(each[0], type):
            names[name] = each[0]
            written.append(f"{name}({_written(each[1], parameters, names, number)})")
        else:
            lengths = [f"{name}_{place}" for place in range(each[1])]
            parameters += [name, *lengths]
            written.append(f"carray({name}, ({', '.join(lengths)},))")
    return ", ".join(written)


def _numba_c_types(shape: Shape) -> Iterator[Any]:
    """As the C function takes them."""
    from numba import from_dtype, types

    for each in shape:
        if isinstance(each, str):
            yield types.float64 if each == "f" else types.int64
        elif isinstance(each[0], type):
            yield from _numba_c_types(each[1])
        else:
            yield types.CPointer(from_dtype(np.dtype(each[0])))
            yield from (types.int64,) * each[1]
