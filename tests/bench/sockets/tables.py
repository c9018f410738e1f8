"""The measurements and how they are printed."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final

from tests.bench.figures import load, table
from tests.bench.sockets.servers import Place, Server, echo, finished, ordered, ours, place
from tests.redis import RedisServer

SECONDS: Final = 4.0
AWAY: Final = 60.0
RATES: Final = (500, 1000)
PHONES: Final = 200
STORM: Final = 2000
IDLE: Final = 5000
IDLE_ON_THREADS: Final = 1000
"""Each keeps a thread; decision 20 says how far that is meant to go."""
CROSSING_RATE: Final = 200
OUTAGE_RATE: Final = 50
SETTLE: Final = 4
"""Seconds after which pages have caught up that two processes told to, once they heard each other."""
LIVE_WITHIN: Final = 1.0
"""A message that comes later than this did not come live."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    seconds: float = SECONDS
    away: float = AWAY
    rates: tuple[int, ...] = RATES
    phones: int = PHONES
    kinds: tuple[str, ...] = ("threads", "gevent")


Rows = list[list[str | float]]


@dataclass(slots=True)
class Series:
    """Client ids of one run differ from those of the runs before on the same database."""

    number: int = 0

    def next(self) -> int:
        self.number += 1
        return self.number


_series = Series()


def pace(kind: str, where: Place, sizes: Sizes) -> None:
    """Evenly so many messages a second: how long until the other phone has one."""
    rows: Rows = []
    people = where.people[: sizes.phones]
    for rate in sizes.rates:
        for name, server, how in _three(kind, where, sizes.phones):
            found = server.load("pace", people, kind=how, rate=rate, seconds=sizes.seconds, first=_series.next())
            rows.append(_paced(f"{name}, {rate}/s", found))
    table(
        f"{sizes.phones} phones in pairs on {kind}: message, commit, other phone, ms; {load()}",
        ("server", *_PACED),
        rows,
    )


_PACED: Final = (
    "heard p50", "p95", "p99", "answered p50", "p95", "p99", "unheard", "CPU ms each", "switches", "sent late, p99",
)  # fmt: skip


def _paced(name: str, found: dict[str, Any]) -> list[str | float]:
    lost = f"{found['unheard']}" + (f" {found['refusals']}" if found["refusals"] else "")
    return [name, *found["heard"], *found["answered"], lost, found["processor_ms"], found["switches"], found["late"]]


def _both(kind: str, where: Place, phones: int) -> Iterator[tuple[str, Server, str]]:
    """Our server and the echo, one after the other."""
    with ours(where, threads=phones + 40) as server:
        yield "ours", server, "ours"
    with echo(kind, threads=phones + 40) as server:
        yield "echo", server, "echo"


def _three(kind: str, where: Place, phones: int) -> Iterator[tuple[str, Server, str]]:
    """The same two, and between them our server storing without checks: how slow the disk alone is just now."""
    for name, server, how in _both(kind, where, phones):
        if how == "echo":
            with ours(where, threads=phones + 40) as bare:
                yield "stored without checks", bare, "bare_together"
        yield name, server, how


def ceiling(kind: str, where: Place, sizes: Sizes) -> None:
    """Each phone writes as soon as it was answered: messages a second, stored with all that we ask or without it."""
    people, found = where.people[: sizes.phones], {}
    # Each with a server of its own: one of threads is busy with what was said to it for a while after its phones left.
    for how in ("bare", "bare_together", "ours"):
        with ours(where, threads=sizes.phones + 40) as server:
            found[how] = server.load("ceiling", people, kind=how, seconds=sizes.seconds, first=_series.next())
    with echo(kind, threads=sizes.phones + 40) as server:
        found["echo"] = server.load("ceiling", people, kind="echo", seconds=sizes.seconds)
    names = {
        "ours": "stored with all checks", "bare": "stored without them, each by itself",
        "bare_together": "stored without them, together", "echo": "echo, nothing stored",
    }  # fmt: skip
    rows: Rows = [
        [
            name, found[how]["a_second"], found["ours"]["a_second"] / found[how]["a_second"],
            found[how]["processor_ms"], found[how]["processor_ms"] / found["ours"]["processor_ms"],
            found[how]["unheard"], str(found[how]["refusals"] or 0),
        ]
        for how, name in names.items()
    ]  # fmt: skip
    heads = ("answered", "a second", "ours ÷ it", "CPU ms each", "÷ ours", "unheard", "refused")
    table(f"The most {sizes.phones} phones get stored on {kind}; {load()}", heads, rows)


def storm(kind: str, where: Place, sizes: Sizes) -> None:
    """Everybody connects at the same moment, as after a restart."""
    count = STORM if kind == "gevent" else IDLE_ON_THREADS
    people = (where.people * 5)[:count]
    rows: Rows = []
    for name, server, how in _both(kind, where, count):
        found = server.load("idle", people, kind=how, seconds=0.5)
        rows.append([name, found["connected"], found["refused_at_the_door"], found["alive"]])
    heads = ("server", "seconds", "tried again", "connected")
    table(f"{count} phones connect at once on {kind}; {load()}", heads, rows)


def idle(kind: str, where: Place, sizes: Sizes) -> None:
    """Open pages on which nothing happens: what they cost in memory."""
    count = IDLE if kind == "gevent" else IDLE_ON_THREADS
    people = (where.people * 5)[:count]
    rows: Rows = []
    for name, server, how in _both(kind, where, count):
        before = server.load("idle", people[:10], kind=how, seconds=0.1)["megabytes"]
        found = server.load("idle", people, kind=how, seconds=min(sizes.seconds, 3))
        each = (found["megabytes"] - before) * 1024 / count
        rows.append([name, found["alive"], before, found["megabytes"], each])
    table(f"Idle sockets on {kind}", ("server", "held", "MB before", "MB with them", "KB each"), rows)


@contextmanager
def _two(where: Place) -> Iterator[tuple[RedisServer, list[Server]]]:
    """Two processes of the site over a Redis of their own."""
    redis = RedisServer(where.folder)
    redis.start()
    with ExitStack() as stack:
        stack.callback(redis.stop)
        yield redis, [stack.enter_context(ours(where, REDIS_URL=redis.url)) for _ in range(2)]


def crossing(kind: str, where: Place, sizes: Sizes) -> None:
    """The two of each pair are at different processes, with Redis between them; then Redis is gone for a while."""
    del kind
    people = where.people[: sizes.phones]
    with _two(where) as (redis, servers):
        told = {"addresses": [one.address for one in servers], "processes": [servers[0].processes[0]]}
        rows = [
            _paced(
                f"{name}, {CROSSING_RATE}/s",
                finished(
                    ordered(
                        "pace", people, kind=how, rate=CROSSING_RATE, seconds=sizes.seconds, first=_series.next(),
                        settle=SETTLE, **told,
                    )
                ),
            )
            for name, how in (("ours", "ours"), ("stored without checks", "bare"))
        ]  # fmt: skip
        table(f"Over Redis, ms; {load()}", ("between processes", *_PACED), rows)
        seconds = 3 + sizes.away + 15
        running = ordered(
            "outage", people, kind="ours", rate=OUTAGE_RATE, seconds=seconds, first=_series.next(), **told
        )
        back = _gone_for(redis, sizes.away)
        _tell_outage(finished(running), back, sizes.away)


def _gone_for(redis: RedisServer, seconds: float) -> float:
    """Stop Redis for so many seconds; the moment at which it answers again."""
    time.sleep(5)
    redis.stop()
    time.sleep(seconds)
    redis.start()
    return time.time()


def _tell_outage(found: dict[str, Any], back: float, away: float) -> None:
    late = [sent for sent, heard in found["times"] if heard is None or heard - sent > LIVE_WITHIN]
    after = max([sent for sent in late if sent < back + away] + [back]) - back
    rows: Rows = [
        ["said", found["said"]],
        ["answered", found["answered"]],
        ["lost (missing on a screen at the end)", found["missing"]],
        ["not live (came by catching up)", len(late)],
        ["slowest answer, s", found["slowest_answer"]],
        ["seconds until live again", max(0.0, after)],
    ]
    table(f"Redis stopped for {away:.0f} s under {OUTAGE_RATE} messages/s between two processes", ("", ""), rows)


TABLES: Final[dict[str, Callable[[str, Place, Sizes], None]]] = {
    "pace": pace, "ceiling": ceiling, "storm": storm, "idle": idle, "crossing": crossing,
}  # fmt: skip


def run(names: list[str], sizes: Sizes) -> None:
    """Print the tables of these names for each kind of server; the crossing is gevent's alone."""
    for kind in sizes.kinds:
        with place(kind) as where:
            for name in names:
                if name != "crossing" or kind == "gevent":
                    TABLES[name](kind, where, sizes)
