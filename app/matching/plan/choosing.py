"""From columns to chosen pairs: the compiled part of a plan, which is loaded while its files are being read."""

from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.geo.distance import wgs84
from app.infra.areas.storage import load_catalogue
from app.matching.plan.posts import Offers, Requests
from app.matching.plan.words import Progress
from app.matching.plan.writing import Chosen
from app.matching.rules.many.columns import Asked, Facts, OfferColumns, RequestColumns
from app.matching.rules.many.details import details
from app.matching.rules.many.partners import Partners, loops_are_ready, partners_with_bands
from app.matching.rules.many.ready import offers_ready, requests_ready, scale
from app.matching.rules.rounds import Held, Room, choose, components, tie_hashes
from app.matching.rules.weights import MatchingRules

_ANY_NUMBER: Final = np.iinfo(np.int32).max
_CORES: Final = 2


def load(*, now: datetime, rules: MatchingRules, progress: Progress) -> None:
    """Bring in all that is compiled by matching one invented offer with one request; compile it where need be."""
    if not loops_are_ready():
        progress("compiling", {})
    if find_spec("ortools") is not None:
        import_module("ortools.graph.python.min_cost_flow")
    components.load()
    wgs84()
    offer, request = _one_offer(), _one_request()
    partners_with_bands(offer, request, areas=load_catalogue(), now=now, weights=rules.weights, threads=1)
    giving = offers_ready(offer, today=now.date(), weights=rules.weights)
    asking, most = requests_ready(request, now=now, weights=rules.weights), scale(rules.weights)
    first = np.zeros(1, np.int32)
    details(giving, asking, most, first, first, first.astype(np.int8))


def _one_offer() -> OfferColumns:
    no, number, amount, small = np.zeros(1, bool), np.zeros(1, np.int32), np.zeros(1, np.int64), np.zeros(1, np.int8)
    none = np.empty(0, np.int8)
    return OfferColumns(
        rank=number, author=amount, area=number + np.int32(1), live=~no, travel=np.ones(1), weekly=no,
        volume=amount + 1000, smallest=amount, after_loss=no, age=np.zeros(1, np.int16), posted=number,
        pumped_from=number, pumped_to=number, lipase=small, storage=small,
        facts=Facts(np.zeros(2, np.int64), none, none, none.astype(np.int32), none),
    )  # fmt: skip


def _one_request() -> RequestColumns:
    no, number, amount, small = np.zeros(1, bool), np.zeros(1, np.int32), np.zeros(1, np.int64), np.zeros(1, np.int8)
    none = np.empty(0, np.int8)
    return RequestColumns(
        rank=number, author=amount - 1, area=number + np.int32(1), live=~no, travel=np.ones(1), need=amount + 100,
        days=amount + 30, stock=amount, age_band=small, term=small, published=amount, fed_before=no, shares_need=no,
        accepts_asks=~no, immediate=no,
        asked=Asked(np.zeros(2, np.int64), none, none.astype(bool), none.astype(np.int16), none),
    )  # fmt: skip


def chosen(offers: Offers, requests: Requests, now: datetime, rules: MatchingRules, progress: Progress) -> Chosen:
    """One round over all candidates, in the order of the file: by request, best first, then by offer."""
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
    # Ids stand in ascending order, so positions sort as ids do; one number sorts several times faster than three.
    behind = pairs.points.max(initial=0).astype(np.int64) - pairs.points
    key = pairs.request * (behind.max(initial=0) + 1) + behind
    key = key * (pairs.offer.max(initial=0).astype(np.int64) + 1) + pairs.offer
    order = np.argsort(key)
    return Chosen(pairs.offer[order], pairs.request[order], pairs.points[order], band[order])
