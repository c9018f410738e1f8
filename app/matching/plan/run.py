"""A plan from two files to one: read, find partners, choose, write; what it met on the way comes back with it."""

import gc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import IO, Final

import numpy as np
from numpy.typing import NDArray

from app.infra.areas.storage import load_catalogue, load_names
from app.matching.plan.explaining import explained
from app.matching.plan.halves import in_halves
from app.matching.plan.posts import Offers, Requests, read_offers, read_requests
from app.matching.plan.problems import Problem, listed
from app.matching.plan.reading import Told
from app.matching.plan.rows import STANDARD
from app.matching.plan.words import Translate
from app.matching.plan.writing import CHUNK_ROWS, Chosen, Writer, written_whole
from app.matching.rules import many
from app.matching.rules.many.columns import TERMS
from app.matching.rules.many.details import details
from app.matching.rules.many.partners import Partners, partners_with_bands
from app.matching.rules.many.ready import offers_ready, requests_ready, scale
from app.matching.rules.rounds import Held, Room, choose, tie_hashes
from app.matching.rules.weights import MatchingRules

WORTH_TWO_PROCESSES: Final = 8_000_000
"""Bytes of both files together from which on reading them side by side pays."""
WORTH_TWO_WRITERS: Final = 100_000
"""Proposals from which on writing them by two processes pays."""
_ANY_NUMBER: Final = np.iinfo(np.int32).max
_CORES: Final = 2

Progress = Callable[[str, dict[str, int | str]], None]
"""Hears a phase by its name and the numbers its words need."""


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


def make_plan(
    paths: Paths, *, now: datetime, rules: MatchingRules, translate: Translate, progress: Progress,
    explain: bool = False,
) -> Plan:  # fmt: skip
    """
    Read both files, choose one round of proposals, write them.

    The same input gives the same bytes, in whatever order its rows stand. Raises UnreadableFileError when a file cannot
    be read or written at all; an unreadable row is only reported.
    """
    plan = Plan()
    with _collecting_nothing():
        offers, requests = _read(paths, now, plan, progress)
    rows = _chosen(offers, requests, now, rules, progress)
    progress("writing", {"rows": len(rows)})
    _write(paths.proposals, offers, requests, rows, now, rules, translate, explain=explain)
    plan.offers, plan.requests, plan.proposals = len(offers.ids), len(requests.ids), len(rows)
    plan.served = len(np.unique(rows.request))
    plan.fragile = int((requests.columns.term[np.unique(rows.request)] == TERMS.index("no")).sum())
    return plan


@contextmanager
def _collecting_nothing() -> Iterator[None]:
    """Cells refer to nothing, and looking for circles among millions of them takes a fifth of the reading."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _read(paths: Paths, now: datetime, plan: Plan, progress: Progress) -> tuple[Offers, Requests]:
    """Both files; large ones side by side, the offers by a process of their own."""
    load_catalogue(), load_names()
    if STANDARD in {paths.offers, paths.requests} or _size(paths) < WORTH_TWO_PROCESSES:
        offers, first = _offers(paths.offers, now, progress)
        requests, second = _requests(paths.requests, progress)
    else:
        with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
            beside = pool.submit(_offers_beside, paths.offers, now)
            requests, second = _requests(paths.requests, progress)
            offers, first = beside.result()
            progress("read", {"file": paths.offers, "rows": offers.rows})
    plan.problems = [*_by_line(first.problems), *_by_line(second.problems)]
    plan.two_amounts = offers.two_amounts
    plan.strange = [*first.strange, *second.strange]
    return offers, requests


def _by_line(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: problem.line)


def _size(paths: Paths) -> int:
    return sum(Path(name).stat().st_size for name in (paths.offers, paths.requests) if Path(name).is_file())


def _offers_beside(name: str, now: datetime) -> tuple[Offers, Plan]:
    return _offers(name, now, lambda *_: None)


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


def _chosen(offers: Offers, requests: Requests, now: datetime, rules: MatchingRules, progress: Progress) -> Chosen:
    """One round over all candidates, in the order of the file: by request, best first, then by offer."""
    if not any(Path(many.__file__).parent.glob("__pycache__/partners.*.nbc")):
        progress("compiling", {})
    found = partners_with_bands(
        offers.columns, requests.columns, areas=load_catalogue(), now=now, weights=rules.weights,
        keep=rules.rounds.candidates, threads=_CORES,
        tell=lambda side, done, of: progress(f"partners_{side}", {"done": done, "of": of}),
    )  # fmt: skip
    progress("choosing", {"pairs": len(found.pairs)})
    year, week, _ = now.isocalendar()
    mask = choose(
        found.pairs,
        Held.nothing(len(offers.ids), len(requests.ids)),
        _room(offers, requests),
        tie=tie_hashes(f"{year}-W{week:02}", offers.ids, requests.ids, found.pairs),
        rules=rules.rounds,
    )
    return _ordered(found, mask)


def _room(offers: Offers, requests: Requests) -> Room:
    """An offer meets no more families than its row names; the caps of the round hold in any case."""
    most = np.where(offers.families > 0, offers.families, _ANY_NUMBER).astype(np.int32)
    return Room(most, np.full(len(requests.ids), _ANY_NUMBER, np.int32))


def _ordered(found: Partners, mask: NDArray[np.bool_]) -> Chosen:
    pairs, band = found.pairs.take(mask), found.band[mask]
    # Ids stand in ascending order, so positions sort as ids do.
    order = np.lexsort((pairs.offer, -pairs.points, pairs.request))
    return Chosen(pairs.offer[order], pairs.request[order], pairs.points[order], band[order])


def _write(
    name: str, offers: Offers, requests: Requests, chosen: Chosen, now: datetime, rules: MatchingRules,
    translate: Translate, *, explain: bool,
) -> None:  # fmt: skip
    """The file of proposals; a large one in two halves, the second by a process of its own."""
    giving = offers_ready(offers.columns, today=now.date(), weights=rules.weights)
    asking, most = requests_ready(requests.columns, now=now, weights=rules.weights), scale(rules.weights)
    writer = Writer(name, offers, requests, translate=translate, explained=explain)

    def fill(file: IO[bytes], rows: Chosen) -> None:
        for start in range(0, len(rows), CHUNK_ROWS):
            part = rows.part(start, start + CHUNK_ROWS)
            beside = details(giving, asking, most, part.offer, part.request, part.band)
            extra: Sequence[Sequence[str]] = ()
            if explain:
                extra = explained(offers, requests, part, now=now, weights=rules.weights)
            file.write(writer.chunk(part, beside, extra))

    half, folder = len(chosen) // 2, None if name == STANDARD else Path(name).parent
    with written_whole(name) as file:
        file.write(writer.heading)
        if len(chosen) < WORTH_TWO_WRITERS:
            fill(file, chosen)
        else:
            first, second = chosen.part(0, half), chosen.part(half, len(chosen))
            in_halves(file, lambda here: fill(here, first), lambda aside: fill(aside, second), folder=folder)
