"""The protocol of the site's own pages (``static/js/messaging``), kept by many at once: outbox, catch-up, screen."""

import asyncio
import contextlib
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.wire import RefusedError, Wire

ACK_SECONDS = 4.0
CATCH_UP_SECONDS = 60.0
LONGEST_WAIT = 5.0
"""As the library of the pages waits before it connects again; theirs begins at a second."""


@dataclass(frozen=True)
class Written:
    """Something a person wrote: the ``number``-th of her own in this conversation."""

    client_id: str
    body: str
    number: int


@dataclass
class Account:
    """What all phones together know for sure, and what happened to them."""

    written: dict[tuple[int, str], tuple[str, str, int]] = field(default_factory=dict)
    """(person, client id) → conversation, body, number."""
    acknowledged: dict[tuple[int, str], int] = field(default_factory=dict)
    """(person, client id) → the place the server named."""
    contradictions: list[str] = field(default_factory=list)
    connected: int = 0
    timeouts: int = 0
    resent: int = 0
    retried: int = 0
    refusals: list[str] = field(default_factory=list)
    holes: int = 0
    pushed: int = 0
    caught_up: int = 0


class Screen:
    """What one person sees of one conversation, each line put down once and never moved."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, str]] = []

    @property
    def last(self) -> int:
        return self.lines[-1][0] if self.lines else 0

    def show(self, seq: int, body: str) -> bool:
        """Put down the next line; nothing for one that is there. False when lines between are missing."""
        if seq == self.last + 1:
            self.lines.append((seq, body))
        return seq <= self.last


class Phone:
    """One person with one page open; she writes on, whether or not there is a line."""

    def __init__(
        self, person: dict[str, Any], port: Callable[[], int], account: Account, dice: random.Random, *, in_flight: int
    ) -> None:
        self.id, self._cookie, self._csrf = int(person["id"]), str(person["cookie"]), str(person["csrf"])
        self._port, self._account, self._dice, self._most = port, account, dice, in_flight
        self.conversation = str(person["conversation"])
        self.screen = Screen()
        self.outbox: list[Written] = []
        self._flying: dict[str, asyncio.Future[Any]] = {}
        self._sent_once: set[str] = set()
        self._count = 0
        self._pumped = asyncio.Event()
        self._catching = False
        self._tasks: set[asyncio.Task[None]] = set()
        self.wire: Wire | None = None

    def write(self) -> None:
        """Put a line into the outbox."""
        self._count += 1
        line = Written(
            str(uuid.UUID(int=self._dice.getrandbits(128), version=4)), f"{self.id}:{self._count}", self._count
        )
        self._account.written[self.id, line.client_id] = (self.conversation, line.body, line.number)
        self.outbox.append(line)
        self._pumped.set()

    async def live(self) -> None:
        """Stay connected as well as one can, until cancelled; knock more seldom while nobody opens."""
        wait = 0.2
        while True:
            try:
                self.wire = await Wire.open(self._port(), self._cookie, self._csrf, self._hear)
            except (OSError, RefusedError):
                await asyncio.sleep(self._dice.uniform(wait / 2, 1.5 * wait))
                wait = min(LONGEST_WAIT, 2 * wait)
                continue
            wait = 0.2
            self._account.connected += 1
            self._pumped.set()
            wire = self.wire
            with contextlib.suppress(ConnectionError, TimeoutError):
                await asyncio.gather(self._catch_up_again(wire), self._pump(wire))
            wire.cut()
            self._flying.clear()
            await asyncio.sleep(self._dice.uniform(0.01, 0.1))

    def _hear(self, event: str, payload: Any) -> None:
        if event == "message.new" and payload["conversation"] == self.conversation:
            self._account.pushed += 1
            self._show(payload)
        elif event == "resync":
            self._look_again()

    def _show(self, message: dict[str, Any]) -> None:
        seq, body = int(message["seq"]), str(message["body"])
        if not self.screen.show(seq, body):
            self._account.holes += 1
            self._look_again()
        elif (seq, body) != self.screen.lines[seq - 1]:
            self._account.contradictions.append(
                f"{self.conversation} {seq}: {body}, before {self.screen.lines[seq - 1]}"
            )

    def _look_again(self) -> None:
        wire = self.wire
        if wire is not None and not self._catching:
            task = asyncio.create_task(self._quietly(wire))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _quietly(self, wire: Wire) -> None:
        with contextlib.suppress(ConnectionError, TimeoutError):
            await self._catch_up(wire)

    async def _catch_up_again(self, wire: Wire) -> None:
        """On every connect, and each minute while connected."""
        while True:
            await self._catch_up(wire)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wire.ended.wait(), CATCH_UP_SECONDS)
                raise ConnectionError

    async def _catch_up(self, wire: Wire) -> None:
        self._catching = True
        try:
            more = True
            while more:
                asked = wire.ask("conversation.open", {"id": self.conversation, "after_seq": self.screen.last})
                answer = await asyncio.wait_for(asked, ACK_SECONDS)
                if not answer["ok"]:
                    await self._refused(answer)
                    continue
                for message in answer["messages"]:
                    self._account.caught_up += int(message["seq"]) > self.screen.last
                    self._show(message)
                more = answer["more"]
        except TimeoutError:
            self._account.timeouts += 1
            wire.cut()
            raise
        finally:
            self._catching = False

    async def _pump(self, wire: Wire) -> None:
        """Send what is unacknowledged in written order, so many at once; ends with the line."""
        while not wire.ended.is_set():
            self._pumped.clear()
            flying: list[tuple[Written, asyncio.Future[Any]]] = []
            for place, line in enumerate(self.outbox[: self._most]):
                flying.append((line, wire.ask("message.send", self._payload(line, place))))
                self._account.resent += line.client_id in self._sent_once
                self._sent_once.add(line.client_id)
            for line, asked in flying:
                if not await self._settled(wire, line, asked):
                    break
            for _, asked in flying:
                asked.cancel()
            if not self.outbox:
                await self._something(wire)

    def _payload(self, line: Written, place: int) -> dict[str, Any]:
        said = {"conversation": self.conversation, "client_id": line.client_id, "kind": "text", "body": line.body}
        return said if place == 0 else said | {"after": self.outbox[place - 1].client_id}

    async def _settled(self, wire: Wire, line: Written, asked: "asyncio.Future[Any]") -> bool:
        """Wait for one acknowledgement; False when this line must be sent again."""
        try:
            answer = await asyncio.wait_for(asyncio.shield(asked), ACK_SECONDS)
        except TimeoutError:
            self._account.timeouts += 1
            wire.cut()
            raise
        if not answer["ok"]:
            await self._refused(answer)
            return False
        self._account.acknowledged[self.id, line.client_id] = int(answer["seq"])
        self.outbox.remove(line)
        return True

    async def _refused(self, answer: dict[str, Any]) -> None:
        code = answer["error"]["code"]
        if not answer.get("retry"):
            self._account.refusals.append(code)
        self._account.retried += 1
        await asyncio.sleep(answer["error"].get("retry_after_ms", 300) / 1000)

    async def _something(self, wire: Wire) -> None:
        """Wait until something was written or the line is gone."""
        waits = [asyncio.create_task(self._pumped.wait()), asyncio.create_task(wire.ended.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
