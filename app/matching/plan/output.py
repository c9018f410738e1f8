"""Chosen pairs into their file: what stands beside each is worked out chunk by chunk, a large file in two halves."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Final

from app.matching.plan.explaining import explained
from app.matching.plan.halves import in_halves
from app.matching.plan.posts import Offers, Requests
from app.matching.plan.rows import STANDARD
from app.matching.plan.words import Translate
from app.matching.plan.writing import CHUNK_ROWS, Chosen, Writer, written_whole
from app.matching.rules.many.details import details
from app.matching.rules.many.ready import offers_ready, requests_ready, scale
from app.matching.rules.weights import MatchingRules

WORTH_TWO_WRITERS: Final = 40_000
"""Proposals from which on writing them by two processes pays."""


def write(
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
