"""
Reading that begins while Flask still loads the commands of other packages, half a second that one processor would rest.

Flask imports this folder before a command of it is run, and only then the commands of other packages. So when the
command line asks for a plan, a helper begins with its files at that moment; the command takes over what it read. It
says nothing and decides nothing: what it cannot read, the command reads itself and tells.
"""

import gc
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from app.infra.clock import utcnow

if TYPE_CHECKING:
    from app.matching.plan.helping import Helper
    from app.matching.plan.run import Read

_ASKED: Final = ("match", "plan")
_HELP: Final = "--help"


@dataclass(slots=True)
class Ahead:
    """A plan whose files are being read: the moment that is its now unless it names one, and who reads."""

    now: datetime
    helper: "Helper[Read | None]"


_begun: Final[list[Ahead]] = []


def begin(command_line: Sequence[str]) -> None:
    """Begin to read when this command line asks for a plan; any other is passed over."""
    asked = [at for at in range(len(command_line)) if tuple(command_line[at : at + 2]) == _ASKED]
    # A process of several threads must not be forked.
    if not asked or _HELP in command_line or threading.active_count() > 1:
        return
    # Nothing that a plan loads ever goes: looking for what could would take as long as reading a file.
    gc.disable()
    from app.matching.plan.helping import Helper

    arguments, now = tuple(command_line[asked[0] + 2 :]), utcnow()
    _begun.append(Ahead(now, Helper(_read, arguments, now)))


def begun() -> Ahead | None:
    """What was begun, once; None when nothing was."""
    return _begun.pop() if _begun else None


def ends() -> None:
    """
    The command is done and its process ends: leave everything where it is.

    The interpreter looks through all objects at its end, a third of a second for a gazetteer and a plan; frozen ones it
    passes over.
    """
    gc.freeze()


def _read(arguments: tuple[str, ...], now: datetime) -> "Read | None":
    from app.matching.commands.plan import plan_command
    from app.matching.plan.run import Paths, read_ahead

    given = plan_command.make_context("plan", list(arguments)).params
    return read_ahead(Paths(given["offers"], given["requests"], given["proposals"]), now=given["at"] or now)
