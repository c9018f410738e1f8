"""
Pushes of the worker and of commands to the one server process of the same machine, without Redis.

A datagram socket in the instance folder: the server process listens, whoever else runs there sends and waits for
nothing. When nobody listens there is no live page, and nothing is lost that a page does not catch up with.
"""

import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import structlog

from app.web.server_crossing import Crossing

LONGEST_ADDRESS: Final = 100
"""Bytes of a path that every system takes as the address of a socket."""

_LONGEST_MESSAGE: Final = 256 * 1024
log = structlog.get_logger(__name__)


class LocalCrossing(Crossing):
    """Pushes by a socket at ``path``."""

    name = "local"

    def __init__(self, path: Path, **hooks: Any) -> None:  # noqa: ANN401 - as the parent's.
        """Open nothing yet."""
        super().__init__(**hooks)
        self._path = path
        self._listens = False

    def _address(self) -> str:
        """The path as it is, or from the working folder, whichever is shorter."""
        return min(str(self._path), os.path.relpath(self._path), key=len)

    def reaches_others(self) -> bool:
        """Only from a process that is not the one with the pages."""
        return not self._listens

    def carry(self, text: str, *, until_heard: bool = False) -> None:
        """Send ``text`` to the server process, if this is not the one; a full or missing socket drops it."""
        del until_heard  # who does not listen holds no page
        if self._listens or not self._path.exists():
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            sender.sendto(text.encode(), self._address())

    def listen(self) -> None:
        """Hear what the worker and commands send; the newest server process takes the place of an earlier one."""
        if len(self._address()) > LONGEST_ADDRESS:
            log.warning("no live pushes from the worker: the path of the instance folder is too long")
            return
        self._listens = True
        with suppress(FileNotFoundError):
            self._path.unlink()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as here:
            try:
                here.bind(self._address())
            except OSError as error:
                # The folder is gone, or a newer server process took the place at this very moment.
                log.warning("no live pushes from the worker", error=type(error).__name__)
                return
            with suppress(FileNotFoundError):  # a newer server process has taken the place already
                self._path.chmod(0o600)
            while True:
                self.heard(here.recv(_LONGEST_MESSAGE))
