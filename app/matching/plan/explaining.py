"""What ``--explain`` adds: the points ground by ground, and what made each answer so, by the rules for one pair."""

from collections.abc import Sequence
from datetime import datetime

from app.geo.areas import AreaId
from app.geo.distance import BANDS
from app.infra.areas.storage import load_catalogue
from app.matching.plan.posts import Offers, Requests
from app.matching.plan.writing import Chosen
from app.matching.rules.fit import Explained, Fit, fit
from app.matching.rules.score import score
from app.matching.rules.sides import Meeting
from app.matching.rules.weights import Weights


def explained(
    offers: Offers, requests: Requests, pairs: Chosen, *, now: datetime, weights: Weights
) -> Sequence[Sequence[str]]:
    """Two texts for each pair: "ground=points; …" and "attribute: answer, what made it so; …"."""
    areas, grounds, answers = load_catalogue(), [], []
    for at in range(len(pairs)):
        one, other = int(pairs.offer[at]), int(pairs.request[at])
        offer, request = offers.columns.side(one), requests.columns.side(other)
        length = areas.distance(AreaId(int(offers.columns.area[one])), AreaId(int(requests.columns.area[other])))
        found = fit(offer.milk, request.wishes, today=now.date())
        points = score(offer, request, Meeting(length, BANDS[pairs.band[at]]), found, now=now, weights=weights)
        grounds.append("; ".join(f"{ground}={given:.2f}" for ground, given in points.by_ground))
        answers.append(_answers(found))
    return grounds, answers


def _answers(found: Fit) -> str:
    return "; ".join(_told(item) for item in (*found.meets, *found.asks, *found.conflicts))


def _told(item: Explained) -> str:
    """One answer with the figures that made it so, in the names of the rules."""
    figures = {
        "level": item.level,
        "since": item.since and item.since.isoformat(),
        "days": item.days,
        "asked_days": item.wish.avoid_days,
        "asked_level": item.wish.level,
        "usable_from": item.usable_from and item.usable_from.isoformat(),
    }
    listed = " ".join(f"{name}={value}" for name, value in figures.items() if value is not None)
    return f"{item.wish.strength} {item.wish.attribute}: {item.answer} ({item.why}{' ' if listed else ''}{listed})"
