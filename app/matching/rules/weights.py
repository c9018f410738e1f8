"""
The numbers of the matcher that a site may set: the points of each ground, and what a round may do.

Values only, with their limits; the meaning of each ground stands in :mod:`app.matching.rules.score`. An impossible
value is refused by its name, so that a wrong file stops the boot and not a donor's evening.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from itertools import pairwise
from typing import Any, Final

ALL_POINTS: Final = 100
_TINY: Final = 1e-9
_HOURS: Final = "_hours"


@dataclass(frozen=True, slots=True)
class Weights:
    """The most points each ground can give; together 100."""

    first_milk: float = 25
    need: float = 15
    near: float = 15
    short_trip: float = 10
    next_days: float = 8
    freezer_empty: float = 6
    musts_stated: float = 6
    one_handoff: float = 5
    waited: float = 3
    use_soon: float = 3
    weekly: float = 2
    like_age: float = 2


@dataclass(frozen=True, slots=True)
class RoundRules:
    """
    How many meet whom, and when.

    ``families_at_offer`` families stand before an offer at most, ``offers_on_page`` offers on a family's page; a donor
    meets ``shown_to_donor`` of those who said yes, or ``suggestions_to_donor`` while nobody waits. ``candidates`` is
    how many partners of a post a round looks at, ``base`` the points a pair must exceed, ``offer_steps`` and
    ``page_steps`` what the first, second … pair at one offer or page costs. A round runs ``every`` so often. A pair
    nobody looked at is free again after ``unseen``, a yes is spent after ``silence``, an offer without a promise joins
    the open map after ``open_map_after``. A donor who left ``silences`` yeses in a row unanswered is asked, and her
    offer paused ``pause_after`` later. A family with ``quiet_days`` days of milk goes quiet.
    """

    families_at_offer: int = 10
    offers_on_page: int = 8
    shown_to_donor: int = 3
    suggestions_to_donor: int = 2
    invitations_of_offer: int = 3
    candidates: int = 25
    base: float = 16.0
    offer_steps: tuple[float, ...] = (0, 4, 7, 8, 9, 10, 11, 12, 13, 14)
    page_steps: tuple[float, ...] = (0, 8, 12, 15, 17, 18, 19, 20)
    quiet_days: int = 10
    silences: int = 2
    every: timedelta = timedelta(hours=6)
    unseen: timedelta = timedelta(hours=72)
    silence: timedelta = timedelta(hours=96)
    open_map_after: timedelta = timedelta(hours=36)
    pause_after: timedelta = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class MatchingRules:
    """Everything of the matcher that a site may set."""

    weights: Weights = field(default_factory=Weights)
    rounds: RoundRules = field(default_factory=RoundRules)


DEFAULT: Final = MatchingRules()


def parse(given: Mapping[str, Any]) -> MatchingRules:
    """
    The rules as a TOML table gives them; what it leaves out keeps its default.

    ``[weights]`` and ``[rounds]`` hold the names above; a span of time is a number of hours under its name and
    ``_hours``. Raises :class:`ValueError` naming the key that is unknown or cannot be.
    """
    for key in given:
        _require(key in {"weights", "rounds"}, key, "is not known: there are [weights] and [rounds]")
    return MatchingRules(_weights(_table(given, "weights")), _rounds(_table(given, "rounds")))


def _table(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = given.get(name, {})
    _require(isinstance(table, Mapping), name, "must be a table")
    found: Mapping[str, Any] = table
    return found


def _weights(table: Mapping[str, Any]) -> Weights:
    names = {each.name for each in fields(Weights)}
    for key, value in table.items():
        _require(key in names, f"weights.{key}", "is not known")
        _require(_is_number(value) and value >= 0, f"weights.{key}", "must be a number of points, not below zero")
    weights = Weights(**table)
    total = sum(getattr(weights, name) for name in names)
    _require(abs(total - ALL_POINTS) < _TINY, "weights", f"must be {ALL_POINTS} points together, not {total:g}")
    return weights


def _rounds(table: Mapping[str, Any]) -> RoundRules:
    defaults = {each.name: getattr(DEFAULT.rounds, each.name) for each in fields(RoundRules)}
    read = {}
    for key, value in table.items():
        name = key.removesuffix(_HOURS)
        known = name in defaults and (name != key) == isinstance(defaults[name], timedelta)
        _require(known, f"rounds.{key}", "is not known")
        read[name] = _value(f"rounds.{key}", value, defaults[name])
    rounds = RoundRules(**read)
    _fits(rounds)
    return rounds


def _value(key: str, value: Any, default: Any) -> Any:  # noqa: ANN401 - a value of TOML and a field of any type.
    if isinstance(default, timedelta):
        _require(_is_number(value) and value > 0, key, "must be a number of hours above zero")
        return timedelta(hours=value)
    if isinstance(default, tuple):
        _require(isinstance(value, list | tuple), key, "must be a list of points")
        _require(_rises(value), key, "must start at zero or above and never fall")
        return tuple(value)
    if isinstance(default, float):
        _require(_is_number(value) and value >= 0, key, "must be a number of points, not below zero")
        return float(value)
    _require(
        isinstance(value, int) and not isinstance(value, bool) and value > 0, key, "must be a whole number above 0"
    )
    return value


def _fits(rounds: RoundRules) -> None:
    for steps, cap in (("offer_steps", "families_at_offer"), ("page_steps", "offers_on_page")):
        enough = len(getattr(rounds, steps)) >= getattr(rounds, cap)
        _require(enough, f"rounds.{steps}", f"needs one number for each of rounds.{cap}")
    small = rounds.shown_to_donor <= rounds.families_at_offer
    _require(small, "rounds.shown_to_donor", "cannot be more than rounds.families_at_offer")


def _rises(steps: Iterable[Any]) -> bool:
    """Whether ``steps`` are numbers that never fall, which keeps a round's costs convex."""
    listed = list(steps)
    numbers = bool(listed) and all(_is_number(step) for step in listed)
    return numbers and listed[0] >= 0 and all(one <= other for one, other in pairwise(listed))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _require(holds: bool, key: str, what: str) -> None:  # noqa: FBT001 - a condition, as in assert.
    if not holds:
        msg = f"{key} {what}"
        raise ValueError(msg)
