"""How a demo post is written down: ounces and days ago in the table, millilitres and dates in the draft."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from app.kernel.quantities import Kilometres, Millilitres, millilitres_from_ounces
from app.milk.rules.drafts import Bags, LotDraft
from app.milk.rules.keeping import Heat, Kept
from app.posts.rules.drafts import Fact, OfferDraft, RequestDraft, Wish

LEFT_OUT_FOR_AGES: Final = 600
"""Days since a donor left something out, where the table does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Milk:
    """An offer in the table. ``avoids`` maps an attribute to the days since it was left out, ``uses`` to a level or ``""``."""

    oz: int = 0
    weekly_oz: int = 0
    pumped: tuple[int, int] = (60, 5)
    storage: str = "deep_freezer"
    avoids: Mapping[str, int] = field(default_factory=dict)
    uses: Mapping[str, str] = field(default_factory=dict)
    lipase: str = "unknown"
    travel: int = 25
    families: int = 1
    baby_months: int | None = 5
    bags: str = "unsaid"
    after_loss: bool = False
    note: str = ""
    days_ago: int = 3

    def draft(self, today: date) -> OfferDraft:
        """The draft as the form would make it on ``today``."""
        return OfferDraft(
            supply="weekly" if self.weekly_oz else "once",
            volume_ml=None if self.weekly_oz else millilitres_from_ounces(self.oz),
            weekly_ml=millilitres_from_ounces(self.weekly_oz) if self.weekly_oz else None,
            pumped_from=today - timedelta(days=self.pumped[0]),
            pumped_to=today - timedelta(days=self.pumped[1]),
            storage=self.storage,
            lipase=self.lipase,
            baby_age_months=self.baby_months,
            max_families=self.families,
            after_loss=self.after_loss,
            travel_km=Kilometres(self.travel),
            note=self.note,
            replace_bags=self.bags,
            facts=self._facts(today),
        )

    def _facts(self, today: date) -> tuple[Fact, ...]:
        avoided = [Fact(key, "avoids", today - timedelta(days=days)) for key, days in self.avoids.items()]
        used = [Fact(key, "uses", None, level or None) for key, level in self.uses.items()]
        return (*avoided, *used)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bagged:
    """A lot in the table: the first and last day of pumping as days ago, where it is kept, and bags as (count, ounces)."""

    pumped: tuple[int, int]
    kept: Kept
    bags: tuple[tuple[int, int], ...]

    def draft(self, today: date) -> LotDraft:
        """The draft as the form would make it on ``today``."""
        first, last = (today - timedelta(days=days) for days in self.pumped)
        bags = tuple(Bags(count, millilitres_from_ounces(oz)) for count, oz in self.bags)
        return LotDraft(first, last, self.kept, Heat.NONE, bags, as_stated=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A request in the table. ``musts`` and ``prefers`` name attributes; a tuple in ``most`` gives the highest level still fine."""

    oz_a_day: int
    days: int = 30
    stock_oz: int = 0
    baby: str = "0_3"
    healthy: str = "yes"
    musts: tuple[str, ...] = ()
    prefers: tuple[str, ...] = ()
    most: Mapping[str, str] = field(default_factory=dict)
    avoid_days: int = 14
    asks: bool = True
    allergy: bool = False
    travel: int = 40
    bags: str = "unsaid"
    note: str = ""
    days_ago: int = 2

    def draft(self, _today: date) -> RequestDraft:
        """The draft as the form would make it."""
        return RequestDraft(
            need_ml_per_day=millilitres_from_ounces(self.oz_a_day),
            days=self.days,
            stock_ml=Millilitres(millilitres_from_ounces(self.stock_oz)),
            baby_age_band=self.baby,
            term_and_healthy=self.healthy,
            immediate_allergy=self.allergy,
            accepts_asks=self.asks,
            travel_km=Kilometres(self.travel),
            note=self.note,
            replace_bags=self.bags,
            wishes=(*self._wishes(self.musts, "must"), *self._wishes(self.prefers, "prefer")),
        )

    def _wishes(self, keys: tuple[str, ...], strength: str) -> tuple[Wish, ...]:
        foods = {"dairy", "soy", "egg", "gluten", "peanut", "tree_nut"}
        return tuple(Wish(key, strength, self.avoid_days if key in foods else None, self.most.get(key)) for key in keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """
    One invented member, the post she or he made, if any, and the lots a donor keeps.

    The first name is the display name and the mail address. ``earlier`` is an offer before the present one.
    """

    name: str
    place: str
    post: Milk | Need | None = None
    earlier: Milk | None = None
    lots: tuple[Bagged, ...] = ()
    units: str = "oz"
    timezone: str = "America/Los_Angeles"
    locale: str = "en"
