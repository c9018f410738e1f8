"""
What the invented members say in their posts.

Offers state three to nine things, requests wish for one to four; one donor in twenty does not share health facts. The
shares are guesses that make every branch of the matcher common, not figures about real families.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np

from app.geo.distance import TRAVEL_KM
from app.posts.rules import ATTRIBUTES
from app.posts.rules.attributes import FOOD

FOODS: Final = ("dairy", "soy", "egg", "gluten", "peanut", "tree_nut", "fish", "vegan")
OTHER: Final = ("alcohol", "nicotine", "caffeine", "cannabis", "medicines")
ASKED: Final = (*FOODS, *OTHER)
TRAVEL_SHARES: Final = (1, 2, 5, 10, 12, 6, 3, 2, 1)
_FOOD_KEYS: Final = frozenset(each.key for each in ATTRIBUTES if each.kind == FOOD)
_MINUTES_A_MONTH: Final = 60 * 24 * 30

Row = dict[str, Any]


class Dice:
    """Draws of one seed; every draw moves it on, so the same calls in the same order give the same community."""

    def __init__(self, seed: int) -> None:
        """Begin at ``seed``."""
        self._draw = np.random.default_rng(seed)
        self._numbers: list[float] = []

    def share(self) -> float:
        """A number from 0 to 1, without 1."""
        if not self._numbers:
            self._numbers = self._draw.random(8192).tolist()
        return self._numbers.pop()

    def happens(self, share: float) -> bool:
        """Whether something that happens in ``share`` of all cases happens now."""
        return self.share() < share

    def below(self, limit: int) -> int:
        """A whole number from 0, below ``limit``."""
        return int(self.share() * limit)

    def one_of(self, choices: Sequence[Any]) -> Any:  # noqa: ANN401 - whatever the choices are.
        """One of the choices, all alike."""
        return choices[self.below(len(choices))]

    def some_of(self, choices: Sequence[str], many: int) -> list[str]:
        """So many different ones of the choices."""
        left = list(choices)
        return [left.pop(self.below(len(left))) for _ in range(many)]

    def radius(self) -> float:
        """How far somebody travels, most often 15 or 25 km."""
        rest = self.share() * sum(TRAVEL_SHARES)
        for kilometres, weight in zip(TRAVEL_KM, TRAVEL_SHARES, strict=True):
            rest -= weight
            if rest < 0:
                return float(kilometres)
        return float(TRAVEL_KM[-1])

    def moment_before(self, now: datetime) -> datetime:
        """A moment in the thirty days before ``now``."""
        return now - timedelta(minutes=self.below(_MINUTES_A_MONTH))


def offer(dice: Dice, post_id: int, today: date) -> Row:
    """The milk of one offer: three in ten give each week."""
    last = today - timedelta(days=dice.below(120))
    weekly = dice.happens(0.3)
    volume = 200 + 50 * dice.below(236)
    return {
        "post_id": post_id, "supply": "weekly" if weekly else "once", "volume_ml": None if weekly else volume,
        "weekly_ml": volume // 8 + 100 if weekly else None, "pumped_to": None if weekly else last,
        "pumped_from": None if weekly else last - timedelta(days=dice.below(60)),
        "storage": dice.one_of(("deep_freezer", "freezer", "freezer_unknown", "fridge")),
        "lipase": dice.one_of(("not_noticed", "soapy_after_days", "scalded_before_freezing", "unknown")),
        "baby_age_months": dice.one_of((None, *range(14))), "max_families": dice.one_of((1, 1, 1, 3)),
        "smallest_handoff_ml": dice.one_of((None, None, 300, 1500)), "after_loss": dice.happens(0.05),
    }  # fmt: skip


def request(dice: Dice, post_id: int) -> Row:
    """The need of one request."""
    return {
        "post_id": post_id, "need_ml_per_day": 50 + 10 * dice.below(85), "days": 1 + dice.below(89),
        "stock_ml": dice.one_of((0, 0, 500, 2000)), "baby_age_band": dice.one_of(("0_3", "3_6", "6_12", "12_plus")),
        "term_and_healthy": dice.one_of(("yes", "yes", "unsaid", "no")), "immediate_allergy": dice.happens(0.04),
        "accepts_asks": dice.happens(0.8),
    }  # fmt: skip


def facts(dice: Dice, post_id: int, today: date) -> list[Row]:
    """What a donor states of three to nine things."""
    return [_fact(dice, post_id, attribute, today) for attribute in dice.some_of(ASKED, 3 + dice.below(7))]


def _fact(dice: Dice, post_id: int, attribute: str, today: date) -> Row:
    state = dice.one_of(("avoids",) * 6 + ("uses",) * 3 + ("unknown",))
    dated = state == "avoids" and dice.happens(0.85)
    since = today - timedelta(days=dice.below(400)) if dated else None
    return {"post_id": post_id, "attribute": attribute, "state": state, "since": since, "level": None}


def wishes(dice: Dice, post_id: int) -> list[Row]:
    """What a family asks about one to four things."""
    return [_wish(dice, post_id, attribute) for attribute in dice.some_of(ASKED, 1 + dice.below(4))]


def _wish(dice: Dice, post_id: int, attribute: str) -> Row:
    days = dice.one_of((None, 7, 14, 21)) if attribute in _FOOD_KEYS else None
    strength = dice.one_of(("must", "must", "must", "prefer"))
    return {"post_id": post_id, "attribute": attribute, "strength": strength, "avoid_days": days, "level": None}
