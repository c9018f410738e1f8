"""One file written by two processes: the second half aside, then behind the first."""

import sys
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, Final

_BLOCK: Final = 1 << 24
_NOT_WRITTEN: Final = 74
"""How the helper ends when it cannot write (EX_IOERR of sysexits.h)."""

Write = Callable[[IO[bytes]], None]


def in_halves(file: IO[bytes], first: Write, second: Write, *, folder: Path | None) -> None:
    """
    What ``first`` writes, then what ``second`` does, both at one time; ``folder`` holds the second half until then.

    Raises OSError when either cannot write, RuntimeError when the helper ends in another way.
    """
    # What is still to be written must not leave with the helper too.
    file.flush()
    with TemporaryFile(dir=folder) as aside:
        helper = get_context("fork").Process(target=_aside, args=(second, aside))
        helper.start()
        try:
            first(file)
        except BaseException:
            helper.terminate()
            raise
        finally:
            helper.join()
        if helper.exitcode == _NOT_WRITTEN:
            raise OSError(_NOT_WRITTEN, "the second half cannot be written")
        if helper.exitcode:
            msg = f"the process that writes the second half ended with {helper.exitcode}"
            raise RuntimeError(msg)
        aside.seek(0)
        copyfileobj(aside, file, _BLOCK)


def _aside(write: Write, aside: IO[bytes]) -> None:  # pragma: no cover, runs where nothing measures
    try:
        write(aside)
        aside.flush()
    except OSError:
        sys.exit(_NOT_WRITTEN)
