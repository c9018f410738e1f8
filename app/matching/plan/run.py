"""A plan from two files to one: read, find partners, choose, write; what it met on the way comes back with it."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np

from app.matching.plan.helping import Helper
from app.matching.plan.places import load_places
from app.matching.plan.posts import Offers, Requests, read_offers, read_requests
from app.matching.plan.problems import Problem, listed
from app.matching.plan.reading import Told
from app.matching.plan.rows import STANDARD
from app.matching.plan.words import Progress, Translate
from app.matching.rules.many.columns import TERMS
from app.matching.rules.weights import MatchingRules

WORTH_TWO_PROCESSES: Final = 500_000
"""Bytes of both files together from which on reading them side by side pays."""


@dataclass(frozen=True, slots=True)
class Strange:
    """Names that a file holds and nobody reads: columns, or attributes in facts; as a terminal may print them."""

    file: str
    names: tuple[str, ...]


@dataclass(slots=True)
class Plan:
    """What came of it: counts, the rows left out, the names passed over."""

    offers: int = 0
    requests: int = 0
    proposals: int = 0
    served: int = 0
    fragile: int = 0
    two_amounts: int = 0
    problems: list[Problem] = field(default_factory=list)
    strange: list[Strange] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Paths:
    """The three files; ``-`` is standard input (one of the first two) or output."""

    offers: str
    requests: str
    proposals: str


@dataclass(frozen=True, slots=True)
class Read:
    """The offers that a helper read, for which plan, and what it met."""

    paths: Paths
    now: datetime
    offers: tuple[Offers, Plan]


def make_plan(
    paths: Paths, *, now: datetime, rules: MatchingRules, translate: Translate, progress: Progress,
    explain: bool = False, ahead: Helper[Read] | None = None,
) -> Plan:  # fmt: skip
    """
    Read both files, choose one round of proposals, write them.

    The same input gives the same bytes, in whatever order its rows stand. Raises UnreadableFileError when a file cannot
    be read or written at all; an unreadable row is only reported. ``ahead`` is a helper that began early with
    :func:`read_ahead` for the same paths and moment.
    """
    with _collecting_nothing():
        return _made(paths, now, rules, translate, progress, ahead, explain=explain)


def _made(
    paths: Paths, now: datetime, rules: MatchingRules, translate: Translate, progress: Progress,
    ahead: Helper[Read] | None, *, explain: bool,
) -> Plan:  # fmt: skip
    plan = Plan()
    offers, requests = _read(paths, now, plan, progress, ahead, beside=lambda: _load(now, rules, progress))
    # Not above, because they bring the compiler: it is loaded while a helper reads.
    from app.matching.plan.choosing import chosen
    from app.matching.plan.output import write

    rows = chosen(offers, requests, now, rules, progress)
    progress("writing", {"rows": len(rows)})
    write(paths.proposals, offers, requests, rows, now, rules, translate, explain=explain)
    plan.offers, plan.requests, plan.proposals = len(offers.ids), len(requests.ids), len(rows)
    plan.served = len(np.unique(rows.request))
    plan.fragile = int((requests.columns.term[np.unique(rows.request)] == TERMS.index("no")).sum())
    return plan


@contextmanager
def _collecting_nothing() -> Iterator[None]:
    """Cells and columns refer to nothing; looking for circles among millions of them takes a fifth of the reading."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _load(now: datetime, rules: MatchingRules, progress: Progress) -> None:
    from app.matching.plan.choosing import load

    load(now=now, rules=rules, progress=progress)


def read_ahead(paths: Paths, *, now: datetime) -> Helper[Read] | None:
    """
    A helper that reads the offers from now on, while this process does the rest; None when there is too little to read
    or a file that is none.
    """
    size = _size(paths)
    if size is None or size < WORTH_TWO_PROCESSES:
        return None
    # What both need is loaded before, so that it is loaded once.
    load_places()
    return Helper(_offers_aside, paths, now)


def _read(
    paths: Paths, now: datetime, plan: Plan, progress: Progress, ahead: Helper[Read] | None, *,
    beside: Callable[[], None],
) -> tuple[Offers, Requests]:  # fmt: skip
    """
    Both files, large ones by two processes; ``beside`` is what is to be done before anything is matched. This process
    reads itself what is no file, and what a helper could not read, which tells the reason.
    """
    helper = ahead or read_ahead(paths, now=now)
    requests, second = _requests(paths.requests, progress)
    beside()
    found = helper.result() if helper is not None else None
    if found and (found.paths, found.now) != (paths, now):
        found = None
    offers, first = found.offers if found else _offers(paths.offers, now, progress)
    if found:
        progress("read", {"file": paths.offers, "rows": offers.rows})
    plan.problems = [*_by_line(first.problems), *_by_line(second.problems)]
    plan.two_amounts = offers.two_amounts
    plan.strange = [*first.strange, *second.strange]
    return offers, requests


def _by_line(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: problem.line)


def _size(paths: Paths) -> int | None:
    """Bytes of both files; None when one is missing, a pipe or standard input."""
    files = [Path(name) for name in (paths.offers, paths.requests)]
    if STANDARD in {paths.offers, paths.requests} or not all(file.is_file() for file in files):
        return None
    return sum(file.stat().st_size for file in files)


def _say_nothing(phase: str, numbers: dict[str, int | str]) -> None:
    """A helper's progress is told by the process that it helps."""


def _offers_aside(paths: Paths, now: datetime) -> Read:
    return Read(paths, now, _offers(paths.offers, now, _say_nothing))


def _offers(name: str, now: datetime, progress: Progress) -> tuple[Offers, Plan]:
    met = Plan()
    return read_offers(name, _told(met, progress), now=now), met


def _requests(name: str, progress: Progress) -> tuple[Requests, Plan]:
    met = Plan()
    return read_requests(name, _told(met, progress)), met


def _told(met: Plan, progress: Progress) -> Told:
    return Told(
        problem=met.problems.append,
        strange=lambda file, names: met.strange.append(Strange(file, listed(names))),
        rows=lambda file, rows: progress("read", {"file": file, "rows": rows}),
    )
