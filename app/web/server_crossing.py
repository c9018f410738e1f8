"""
How a push reaches the pages that another process holds.

A push is handed over and forgotten: no handler waits for the carrier, and what is lost on the way is made good by the
pages, which catch up. Whoever may have lost something sends ``resync`` to every page, so that they do it at once.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from random import SystemRandom
from typing import Any, Final

import structlog
from socketio.manager import Manager

RESYNC_WITHIN: Final = 0.4
"""Seconds within which a process tells its pages to catch up; several causes in that time are told once."""

Said = Mapping[str, Any]
log = structlog.get_logger(__name__)


class Crossing(Manager):  # type: ignore[misc]  # socketio has no types.
    """
    The client manager of a process: it sends to its own pages at once and gives the rest to a carrier.

    A carrier implements ``carry``, which never waits, and ``listen``, which runs for ever once the first page is there
    and gives what it hears to :meth:`heard`. ``told`` is called with what another process said by :meth:`say`,
    ``gap`` in the background after something may have been lost.
    """

    name = "crossing"

    def __init__(self, *, told: Callable[[Said], None], gap: Callable[[], None]) -> None:
        """Carry nothing and listen to nothing yet."""
        super().__init__()
        self._told = told
        self._gap = gap
        self._here = secrets.token_hex(8)
        self._resync_due = False

    def initialize(self) -> None:
        """Begin to listen; called by the library before the first page is let in."""
        super().initialize()
        self.server.start_background_task(self.listen)

    def reaches_others(self) -> bool:
        """Whether another process may hear of it at all; when not, nothing is written for them."""
        return True

    def carry(self, text: str, *, until_heard: bool = False) -> None:
        """Give ``text`` to whoever listens in other processes; never wait, and try again only when ``until_heard``."""
        raise NotImplementedError

    def listen(self) -> None:
        """Hear what other processes carry, for ever."""
        raise NotImplementedError

    def emit(self, event: str, data: Any, namespace: str, room: Any = None, **more: Any) -> None:  # noqa: ANN401 - JSON.
        """Send to the pages in ``room`` of this process, and hand it over for those of the others."""
        only_here = more.pop("ignore_queue", False)
        super().emit(event, data, namespace, room=room, **more)
        if not only_here and self.reaches_others():
            target = more.get("to") or room
            self.carry(self._written({"do": "push", "event": event, "data": data, "room": target}))

    def say(self, said: Said) -> None:
        """Tell every other process ``said``, plain JSON with its kind as ``do``, until it is heard."""
        self.carry(self._written(said), until_heard=True)

    def _written(self, said: Said) -> str:
        return json.dumps({**said, "from": self._here})

    def heard(self, text: bytes | str) -> None:
        """Do what another process said; what cannot be read is passed over, because the listener must live on."""
        try:
            said = json.loads(text)
            if said["from"] == self._here:
                return
            if said["do"] == "push":
                super().emit(said["event"], said["data"], "/", room=said["room"])
            elif said["do"] == "resync":
                self.resync_soon()
            else:
                self._told(said)
        except Exception as error:  # noqa: BLE001 - see above.
            # The error's own text may quote what somebody wrote.
            log.error("a push could not be read", error=type(error).__name__)  # noqa: TRY400

    def resync_soon(self) -> None:
        """Tell the pages of this process to catch up, a moment from now."""
        if not self._resync_due:
            self._resync_due = True
            self.server.start_background_task(self._resync)

    def _resync(self) -> None:
        # Not all processes at the same moment, or all pages of a site would ask at once.
        self.server.sleep(SystemRandom().uniform(0.05, RESYNC_WITHIN))
        self._resync_due = False
        super().emit("resync", {}, "/")
        self._gap()
