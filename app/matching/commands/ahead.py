"""
A plan's offers, read by a helper while the command loads what is compiled and reads the requests.

Flask imports this folder before a command of it is run. So when the command line asks for a plan, what both readers
need is loaded at that moment and the helper begins; the command takes over what it read. It says nothing and decides
nothing: what it cannot read, the command reads itself and tells.
"""

import gc
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

import click

from app.infra.clock import utcnow

if TYPE_CHECKING:
    from app.matching.plan.helping import Helper
    from app.matching.plan.run import Read

_ASKED: Final = ("match", "plan")
_HELP: Final = "--help"


@dataclass(slots=True)
class Ahead:
    """A plan that was begun: the moment that is its now unless it names one, and who reads, if anybody does."""

    now: datetime
    helper: "Helper[Read] | None"


_begun: Final[list[Ahead]] = []


def begin(command_line: Sequence[str]) -> None:
    """Begin to read when this command line asks for a plan; any other is passed over."""
    asked = [at for at in range(len(command_line)) if tuple(command_line[at : at + 2]) == _ASKED]
    # A process of several threads must not be forked.
    if not asked or _HELP in command_line or threading.active_count() > 1:
        return
    # Nothing that a plan loads ever goes: looking for what could would take as long as reading a file.
    gc.disable()
    # A plan multiplies no matrices, and threads that would are started when numpy is loaded.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    now = utcnow()
    _begun.append(Ahead(now, _reader(command_line[asked[0] + 2 :], now)))


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


def _reader(arguments: Sequence[str], now: datetime) -> "Helper[Read] | None":
    """Who reads for this plan; nobody where its arguments are wrong, which the command tells."""
    from app.matching.commands.plan import plan_command
    from app.matching.plan.run import Paths, read_ahead

    try:
        given = plan_command.make_context("plan", list(arguments)).params
    except (click.ClickException, click.exceptions.Exit):
        return None
    return read_ahead(Paths(given["offers"], given["requests"], given["proposals"]), now=given["at"] or now)
