"""
``python -m tests.chaos.jobs``: workers are killed (-9), frozen and killed at named points while they work.

Use-cases write a cause and enqueue a job in one transaction; the job writes an effect. At the end the ledger is drawn
up over the tables: lost, doubled, ghosts, all 0. Each tenth use-case is undone and must leave nothing.
"""

import argparse
import contextlib
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from config import Settings
from tests.chaos.labour import EFFECT, TICK, UNDONE_EACH
from tests.chaos.messages import fresh_database
from tests.chaos.nursery import Nursery, gone, kill_group

ARMED = ("", "job_before_end", "", "before_commit", "", "after_commit")
LEASE_SECONDS = 1.5
END_SECONDS = 180


@dataclass(frozen=True)
class Options:
    """How many, and how often."""

    jobs: int = 2000
    kills: int = 20
    freezes: int = 4
    workers: int = 3
    seed: int = 1


@dataclass
class Ledger:
    """Every figure must be 0."""

    lost: int = 0
    """A cause without its effect."""
    doubled: int = 0
    """An effect more than once."""
    ghosts: int = 0
    """An effect without its cause: of a use-case that was undone."""
    left_over: int = 0
    """A job that is neither done nor waits for its turn."""
    slots_doubled: int = 0
    """A slot that ran twice, or ran and is not done."""

    @property
    def clean(self) -> bool:
        """Whether nothing at all went wrong."""
        return not any(asdict(self).values())


@dataclass
class Outcome:
    """What happened in a run."""

    ledger: Ledger = field(default_factory=Ledger)
    kills: Counter[str] = field(default_factory=Counter)
    freezes: int = 0
    causes: int = 0
    ticks: int = 0
    again: int = 0
    undone: int = 0
    seconds: float = 0.0


class Labour:
    """One run."""

    def __init__(self, nursery: Nursery, environment: dict[str, str], engine: Engine, options: Options) -> None:
        self._nursery, self._environment, self._engine, self._options = nursery, environment, engine, options
        self._dice = random.Random(options.seed)
        self._armed: dict[int, str] = {}
        self._hired = 0
        self.outcome = Outcome()

    def run(self) -> None:
        """Let producers and workers run and die until every cause has had its effect."""
        began = time.monotonic()
        wanted = self._options.jobs - self._options.jobs // UNDONE_EACH
        producer = self._start("produce", "", count=self._options.jobs)
        for _ in range(self._options.workers):
            self._hire()
        faults = self._faults(wanted)
        while (done := self._count("chaos_effects")) < wanted or faults:
            if time.monotonic() - began > END_SECONDS:
                break
            self._bury()
            if faults and done >= faults[0][0]:
                self._strike(faults.pop(0)[1])
            if gone(producer) and self._count("chaos_causes") < wanted:
                producer = self._start("produce", "", count=self._options.jobs)
            time.sleep(0.01)
        time.sleep(2 * LEASE_SECONDS)  # whatever would run once more, runs now
        for worker in list(self._armed):
            kill_group(worker)
        self.outcome.seconds = time.monotonic() - began

    def _faults(self, wanted: int) -> list[tuple[int, str]]:
        """Which fault comes after how many effects; those of workers that are armed come by themselves."""
        random_kills = self._options.kills - self._options.kills // 2
        kinds = ["kill"] * random_kills + ["freeze"] * self._options.freezes
        self._dice.shuffle(kinds)
        return [(wanted * (place + 1) // (len(kinds) + 1), kind) for place, kind in enumerate(kinds)]

    def _start(self, function: str, kill_at: str, **arguments: object) -> int:
        return self._nursery.start(
            "call",
            self._environment | {"MILKBRIDGE_KILL_AT": kill_at},
            function=f"tests.chaos.labour:{function}",
            arguments=arguments,
            answer=self._environment["INSTANCE_PATH"] + f"/{function}.json",
        )

    def _hire(self) -> None:
        """Start a worker; every other one, as long as kills are wanted, carries a point at which it dies by itself."""
        self._hired += 1
        point = ARMED[self._hired % len(ARMED)]
        carried = sum(1 for armed in self._armed.values() if armed) + self._named()
        if carried >= self._options.kills // 2:
            point = ""
        kill_at = f"{point}:{self._dice.randint(5, 40)}" if point else ""
        self._armed[self._start("work", kill_at, lease_seconds=LEASE_SECONDS)] = point

    def _named(self) -> int:
        return sum(times for kind, times in self.outcome.kills.items() if kind != "random")

    def _bury(self) -> None:
        for worker in [worker for worker in self._armed if gone(worker)]:
            self.outcome.kills[self._armed.pop(worker) or "died by itself"] += 1
            self._hire()

    def _strike(self, kind: str) -> None:
        worker = self._dice.choice([worker for worker, armed in self._armed.items() if not armed] or list(self._armed))
        if kind == "kill":
            kill_group(worker)
            self._armed.pop(worker)
            self.outcome.kills["random"] += 1
            self._hire()
            return
        # Longer than its lease, so that another takes its job meanwhile; what it does when it wakes must be undone.
        os.killpg(worker, signal.SIGSTOP)
        time.sleep(1.5 * LEASE_SECONDS)
        os.killpg(worker, signal.SIGCONT)
        self.outcome.freezes += 1

    def _count(self, table: str) -> int:
        try:
            with self._engine.connect() as connection:
                return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608 - ours.
        except OperationalError:
            return 0

    def draw_up(self) -> None:
        """Hold causes against effects."""
        with self._engine.connect() as connection:
            causes = set(connection.scalars(text("SELECT number FROM chaos_causes")))
            effects = Counter(connection.scalars(text("SELECT number FROM chaos_effects")))
            ticks = len(list(connection.scalars(text("SELECT number FROM chaos_ticks"))))
            rows = list(connection.execute(text("SELECT kind, state, attempts FROM jobs")))
        ledger = self.outcome.ledger
        ledger.lost = len(causes - set(effects))
        ledger.ghosts = len(set(effects) - causes)
        ledger.doubled = sum(times - 1 for times in effects.values())
        ledger.left_over = sum(1 for kind, state, _ in rows if kind == EFFECT and state != "done")
        ledger.slots_doubled = abs(ticks - sum(1 for kind, state, _ in rows if kind == TICK and state == "done"))
        self.outcome.causes, self.outcome.ticks = len(causes), ticks
        self.outcome.again = sum(attempts - 1 for _, state, attempts in rows if state == "done")


def worked(database_url: str, folder: Path, options: Options) -> Outcome:
    """Go through one run on an empty database and draw up its ledger."""
    environment = {**os.environ, "DATABASE_URL": database_url, "INSTANCE_PATH": str(folder), "PYTHONWARNINGS": "ignore"}
    engine = create_engine(Settings(database_url=database_url).database())
    with contextlib.closing(Nursery(folder)) as nursery:
        nursery.call("tests.chaos.labour:prepare", environment)
        labour = Labour(nursery, environment, engine, options)
        labour.run()
        labour.outcome.undone = nursery.log().count("job lost to another worker")
    labour.draw_up()
    engine.dispose()
    return labour.outcome


def table(kind: str, options: Options, outcome: Outcome) -> str:
    """What happened, as lines of a table."""
    rows = {
        "use-cases, of them undone": f"{options.jobs}, {options.jobs - outcome.causes}",
        "workers at once": options.workers,
        "workers killed": sum(outcome.kills.values()),
        **{f"  {name}": times for name, times in sorted(outcome.kills.items())},
        "workers frozen beyond their lease": outcome.freezes,
        "jobs begun again": outcome.again,
        "undone, as another had the lease": outcome.undone,
        "slots of one second": outcome.ticks,
        "seconds": f"{outcome.seconds:.0f}",
        **{f"LEDGER {name.replace('_', ' ')}": figure for name, figure in asdict(outcome.ledger).items()},
    }
    return "\n".join([f"chaos of jobs on {kind}", *(f"  {name:<36}{value}" for name, value in rows.items())])


def main() -> int:
    """Run from the command line, on both databases unless one is named; the exit status is 0 when all is clean."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--database", choices=("sqlite", "postgresql"))
    for name, default in asdict(Options()).items():
        reader.add_argument(f"--{name}", type=int, default=default)
    given = vars(reader.parse_args())
    named = given.pop("database")
    options, clean = Options(**given), True
    for kind in [named] if named else ["sqlite", "postgresql"]:
        with tempfile.TemporaryDirectory() as folder, fresh_database(kind, Path(folder)) as address:
            outcome = worked(address, Path(folder), options)
        sys.stdout.write(table(kind, options, outcome) + "\n")
        clean = clean and outcome.ledger.clean
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
