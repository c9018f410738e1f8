"""
``python -m tests.chaos.messages``: people write to each other while the server is killed (-9) again and again.

The server is gunicorn as operators run it, on a database of its own; the people are phones that keep the protocol of
the site's pages. Kills come at random moments and at named points (before and after a commit, after an
acknowledgement and before the push), lines are cut and fall deaf. At the end the ledger is drawn up: every figure is 0.
"""

import argparse
import asyncio
import contextlib
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from itertools import cycle, islice
from pathlib import Path
from uuid import uuid4

from app.dev.serve import server_command
from config import Settings
from tests.chaos.ledger import Ledger, drawn_up, stored
from tests.chaos.nursery import Nursery, children, gone, kill_group
from tests.chaos.phones import Account, Phone
from tests.cluster import cluster_of_this_run
from tests.redis import free_port

POINTS = ("before_commit", "after_commit", "after_ack")
MODES = ("random", "before_commit", "random", "after_commit", "random", "after_ack")
START_SECONDS = 60
POINT_SECONDS = 8
"""How long a named point may stay unreached before the server is killed by hand."""
SETTLE_SECONDS = 180


@dataclass
class Options:
    """How long and how many; ``pace`` is the mean of the seconds between two lines of one person."""

    kills: int = 200
    conversations: int = 40
    pace: float = 1.0
    in_flight: int = 1
    seed: int = 1


@dataclass
class Outcome:
    """What happened in a run."""

    ledger: Ledger
    account: Account
    kills: Counter[str] = field(default_factory=Counter)
    cuts: Counter[str] = field(default_factory=Counter)
    stored: int = 0
    seconds: float = 0.0
    restart_seconds: list[float] = field(default_factory=list)


class Fire:
    """The server under fire, always at one port."""

    def __init__(self, nursery: Nursery, environment: dict[str, str]) -> None:
        self._nursery, self._environment = nursery, environment
        self.port = int(environment["PORT"])
        self._leader = 0
        self._workers: list[int] = []

    async def start(self, kill_at: str = "") -> float:
        """Serve, armed with ``kill_at``; gives the seconds until it answered."""
        began = time.monotonic()
        environment = self._environment | {"MILKBRIDGE_KILL_AT": kill_at}
        self._leader = self._nursery.start(
            "serve", environment, arguments=server_command(Settings.from_environment(environment))
        )
        while not await self._answers():
            if gone(self._leader) or time.monotonic() - began > START_SECONDS:
                raise RuntimeError("the server does not start: " + self._nursery.log()[-3000:])
            if kill_at and self.died():
                break  # it met its point before we saw it answer
            await asyncio.sleep(0.02)
        self._workers = children(self._leader)
        return time.monotonic() - began

    async def _answers(self) -> bool:
        with contextlib.suppress(OSError, TimeoutError):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            try:
                writer.write(b"GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
                answer = await asyncio.wait_for(reader.readline(), 5)
                return b" 200 " in answer
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
        return False

    def died(self) -> bool:
        """Whether a process that served has ended."""
        return bool(self._workers) and any(gone(worker) for worker in self._workers)

    async def point_reached(self) -> bool:
        """Wait until the armed point has killed a process; False when it did not in time."""
        deadline = time.monotonic() + POINT_SECONDS
        while time.monotonic() < deadline:
            if self.died():
                return True
            await asyncio.sleep(0.01)
        return False

    def kill(self) -> None:
        """Kill all that is left, and be sure of it."""
        kill_group(self._leader)
        self._workers = []


class Storm:
    """One run."""

    def __init__(self, fire: Fire, people: list[dict[str, object]], options: Options) -> None:
        self._fire, self._options = fire, options
        self._dice = random.Random(options.seed)
        self.account = Account()
        self.phones = [
            Phone(
                person, lambda: fire.port, self.account, random.Random(f"{options.seed}:{number}"),
                in_flight=options.in_flight,
            )
            for number, person in enumerate(people)
        ]  # fmt: skip
        self.outcome = Outcome(Ledger(), self.account)

    async def run(self) -> None:
        """Start, kill as often as asked while everybody writes, then let everything settle on a server that lives."""
        began = time.monotonic()
        modes = list(islice(cycle(MODES), self._options.kills))
        await self._fire.start(self._armed(modes[0]))
        lives = [asyncio.create_task(phone.live()) for phone in self.phones]
        storm = [asyncio.create_task(self._writing(phone)) for phone in self.phones]
        storm.append(asyncio.create_task(self._cutting()))
        try:
            for mode, following in zip(modes, [*modes[1:], "random"], strict=True):
                await self._kill(mode)
                await asyncio.sleep(self._dice.choice((0, 0, 0.3)))
                self.outcome.restart_seconds.append(await self._fire.start(self._armed(following)))
                self._tell()
            await asyncio.sleep(1)
            for task in storm:
                task.cancel()
            await self._settled()
        finally:
            ended = await _ended((*lives, *storm))
            for phone in self.phones:
                if phone.wire is not None:
                    phone.wire.cut()
            await asyncio.sleep(0.1)  # the lines are given back by the loop's next rounds
        for error in ended:
            if isinstance(error, Exception):
                raise error
        self.outcome.seconds = time.monotonic() - began

    def _tell(self) -> None:
        """One line of progress each twenty kills, for whoever watches a long run."""
        killed = sum(self.outcome.kills.values())
        if killed % 20 == 0:
            sys.stderr.write(f"{killed} kills, {len(self.account.acknowledged)} messages acknowledged\n")

    def _armed(self, mode: str) -> str:
        return "" if mode == "random" else f"{mode}:{self._dice.randint(1, 30)}"

    async def _kill(self, mode: str) -> None:
        """Let the server live until its moment comes, and kill what is left of it."""
        if mode == "random":
            await asyncio.sleep(self._dice.uniform(0.2, 1.6))
        elif not await self._fire.point_reached():
            mode = f"{mode}, not reached"
        self._fire.kill()
        self.outcome.kills[mode] += 1

    async def _writing(self, phone: Phone) -> None:
        while True:
            await asyncio.sleep(self._dice.uniform(0, 2 * self._options.pace))
            if len(phone.outbox) < 12:
                phone.write()

    async def _cutting(self) -> None:
        """Break a line now and then: dropped, dropped in the middle of a frame, or deaf until a time-out."""
        while True:
            await asyncio.sleep(self._dice.uniform(0, 24 / len(self.phones)))
            wire = self._dice.choice(self.phones).wire
            if wire is None or wire.ended.is_set():
                continue
            how = self._dice.choice(("dropped", "dropped midway", "deaf"))
            self.outcome.cuts[how] += 1
            if how == "deaf":
                wire.deafen()
                asyncio.get_running_loop().call_later(6, wire.cut)
            else:
                wire.cut(midway=how == "dropped midway")

    async def _settled(self) -> None:
        """Wait until nothing is unsent and both screens of each conversation end alike; nobody is asked to look."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline:
            ends: dict[str, set[int]] = {}
            for phone in self.phones:
                ends.setdefault(phone.conversation, set()).add(phone.screen.last)
            if not any(phone.outbox for phone in self.phones) and all(len(end) == 1 for end in ends.values()):
                return
            await asyncio.sleep(0.1)


async def _ended(tasks: Iterable[asyncio.Task[None]]) -> list[BaseException | None]:
    """Cancel ``tasks`` until each has ended, for a task may miss it once; gives how each ended."""
    left = set(tasks)
    ended: list[BaseException | None] = []
    while left:
        for task in left:
            task.cancel()
        done, left = await asyncio.wait(left, timeout=1)
        ended += [None if task.cancelled() else task.exception() for task in done]
    return ended


@contextlib.contextmanager
def fresh_database(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty database."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'chaos.sqlite'}"
        return
    cluster, name = cluster_of_this_run(), f"chaos_{uuid4().hex}"
    cluster.create(name)
    yield cluster.url(name)
    cluster.drop(name)


def environment_for(database_url: str, folder: Path, *, phones: int) -> dict[str, str]:
    """What server and commands of a run are started with."""
    return {
        **os.environ,
        "DATABASE_URL": database_url,
        "INSTANCE_PATH": str(folder),
        "PORT": str(free_port()),
        "RATE_LIMITS": "0",
        "DEMO_COMMUNITY": "0",
        "WEB_THREADS": str(phones + 60),
        "PYTHONWARNINGS": "ignore",
    }


def weathered(database_url: str, folder: Path, options: Options, *, migrate: bool = True) -> Outcome:
    """Go through one storm on a database (which is migrated first) and draw up its ledger."""
    environment = environment_for(database_url, folder, phones=2 * options.conversations)
    gevent = getattr(Settings.from_environment(environment), "server", "threads") == "gevent"
    with contextlib.closing(Nursery(folder, gevent=gevent)) as nursery:
        if migrate:
            nursery.call("tests.chaos.community:migrate", environment)
        people = nursery.call("tests.chaos.community:pairs", environment, count=options.conversations)
        fire = Fire(nursery, environment)
        storm = Storm(fire, people, options)
        try:
            # A thread of its own: in the caller's, a driver of browsers may keep a loop running.
            with ThreadPoolExecutor(1) as aside:
                aside.submit(asyncio.run, storm.run()).result()
        finally:
            fire.kill()
    rows = stored(database_url)
    storm.outcome.stored = len(rows)
    storm.outcome.ledger = drawn_up(storm.account, storm.phones, rows)
    return storm.outcome


def table(kind: str, options: Options, outcome: Outcome) -> str:
    """What happened, as lines of a table."""
    account, starts = outcome.account, sorted(outcome.restart_seconds)
    rows = {
        "people, conversations": f"{2 * options.conversations}, {options.conversations}",
        "messages in flight at once": options.in_flight,
        "server killed": sum(outcome.kills.values()),
        **{f"  {name}": times for name, times in sorted(outcome.kills.items())},
        "lines cut": ", ".join(f"{name} {times}" for name, times in sorted(outcome.cuts.items())),
        "written, acknowledged, stored": f"{len(account.written)}, {len(account.acknowledged)}, {outcome.stored}",
        "connected, sent again, time-outs": f"{account.connected}, {account.resent}, {account.timeouts}",
        "pushed, caught up, holes seen": f"{account.pushed}, {account.caught_up}, {account.holes}",
        "asked to try again": account.retried,
        "restart median, longest (s)": f"{starts[len(starts) // 2]:.2f}, {starts[-1]:.2f}" if starts else "",
        "seconds": f"{outcome.seconds:.0f}",
        **{f"LEDGER {name.replace('_', ' ')}": figure for name, figure in asdict(outcome.ledger).items()},
    }
    return "\n".join([f"chaos of messages on {kind}", *(f"  {name:<36}{value}" for name, value in rows.items())])


def main() -> int:
    """Run from the command line; the exit status is 0 when the ledger is clean."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--kills", type=int, default=200)
    reader.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    reader.add_argument("--conversations", type=int, default=40)
    reader.add_argument("--pace", type=float, default=1.0, help="mean seconds between two lines of one person")
    reader.add_argument("--in-flight", type=int, default=1)
    reader.add_argument("--seed", type=int, default=1)
    given = vars(reader.parse_args())
    kind = given.pop("database")
    options = Options(**given)
    with tempfile.TemporaryDirectory() as folder, fresh_database(kind, Path(folder)) as address:
        outcome = weathered(address, Path(folder), options)
    sys.stdout.write(table(kind, options, outcome) + "\n")
    return 0 if outcome.ledger.clean else 1


if __name__ == "__main__":
    sys.exit(main())
