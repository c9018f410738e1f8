"""
Does this milk meet what the family asks for? Three answers: it meets, one has to ask, or it conflicts.

Nothing is ever guessed: what a donor has not said is something to ask, never a yes. Dates count, because milk pumped
before she left a food out still holds it; a fact says nothing of milk pumped before its date. Days and levels are
compared with what the family asked; the site itself judges no number of days.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from app.matching.rules.sides import FactState, MilkFact, MilkFacts, Strength, Wish, Wishes
from app.posts.rules import ASK_ABOUT, MILK_AGE, MILK_AGES, attribute
from app.posts.rules.attributes import FOOD, MEDICINE


class Answer(StrEnum):
    """The three answers to a wish, also the names of the marks on the page."""

    MEETS = "meets"
    ASK = "ask"
    CONFLICTS = "conflicts"


class Why(StrEnum):
    """What made an answer so; the words for each stand in :mod:`app.matching.rules.words`."""

    AVOIDED_LONG_ENOUGH = "avoided_long_enough"
    AVOIDS_ALWAYS = "avoids_always"
    AVOIDED_FEWER_DAYS = "avoided_fewer_days"
    AVOIDS_WITHOUT_DATE = "avoids_without_date"
    PUMPING_DATE_UNSAID = "pumping_date_unsaid"
    PARTLY_PUMPED_BEFORE = "partly_pumped_before"
    PUMPED_BEFORE = "pumped_before"
    USES = "uses"
    NOT_SAID = "not_said"
    WITHIN_LEVEL = "within_level"
    ABOVE_LEVEL = "above_level"
    LEVEL_NOT_SAID = "level_not_said"
    LEVEL_BEFORE_UNSAID = "level_before_unsaid"
    USES_TO_ASK = "uses_to_ask"
    USED_ONLY_LATER = "used_only_later"
    PUMPED_WITHIN = "pumped_within"
    PARTLY_OLDER = "partly_older"
    OLDER = "older"
    TASTE_KEPT = "taste_kept"
    SCALDED = "scalded"
    TURNS_SOAPY = "turns_soapy"


LIPASE: Final = "lipase"

_LIPASE_ANSWERS: Final = {
    "not_noticed": (Answer.MEETS, Why.TASTE_KEPT),
    "scalded_before_freezing": (Answer.MEETS, Why.SCALDED),
    "soapy_after_days": (Answer.CONFLICTS, Why.TURNS_SOAPY),
    "unknown": (Answer.ASK, Why.NOT_SAID),
}
"""A family that asks for "low lipase" means milk that still tastes right after the freezer, so scalded milk counts."""


@dataclass(frozen=True, slots=True)
class Explained:
    """
    The answer to one wish with what made it so.

    ``since`` is the day the donor's statement counts from; of a wish about the milk's age it is the pumping day that
    decides. ``days`` is how long something was left out before the first pumping, ``level`` how much is used, and
    ``usable_from`` the first pumping day that meets a wish which only part of the milk meets.
    """

    wish: Wish
    answer: Answer
    why: Why
    since: date | None = None
    days: int | None = None
    level: str | None = None
    usable_from: date | None = None


@dataclass(frozen=True, slots=True)
class Fit:
    """The answers to all wishes, in the family's order."""

    meets: tuple[Explained, ...] = ()
    asks: tuple[Explained, ...] = ()
    conflicts: tuple[Explained, ...] = ()

    @property
    def impossible(self) -> bool:
        """Whether a *must* is contradicted: such a pair is never proposed."""
        return any(item.wish.strength is Strength.MUST for item in self.conflicts)

    @property
    def must_ask(self) -> tuple[Explained, ...]:
        """The musts about which somebody has to ask first."""
        return tuple(item for item in self.asks if item.wish.strength is Strength.MUST)

    @property
    def all_musts_met(self) -> bool:
        """Whether there is a must and each is met as stated."""
        musts = [item for item in self.meets if item.wish.strength is Strength.MUST]
        return bool(musts) and not self.must_ask and not self.impossible


def fit(milk: MilkFacts, wishes: Wishes, *, today: date) -> Fit:
    """Answer every wish from what the donor stated; ``today`` stands for milk that is still to be pumped."""
    answered = [explain(milk, wish, today=today) for wish in wishes.asked]
    return Fit(
        meets=tuple(item for item in answered if item.answer is Answer.MEETS),
        asks=tuple(item for item in answered if item.answer is Answer.ASK),
        conflicts=tuple(item for item in answered if item.answer is Answer.CONFLICTS),
    )


def explain(milk: MilkFacts, wish: Wish, *, today: date) -> Explained:
    """Answer one wish."""
    if wish.attribute == LIPASE:
        answer, why = _LIPASE_ANSWERS.get(milk.lipase, (Answer.ASK, Why.NOT_SAID))
        return Explained(wish, answer, why)
    if wish.attribute == MILK_AGE:
        return _explain_age(milk, wish, today=today)
    fact = milk.stated.get(wish.attribute)
    if fact is None or fact.state is FactState.UNKNOWN:
        return Explained(wish, Answer.ASK, Why.NOT_SAID)
    last = milk.pumped_to or today
    if fact.state is FactState.USES:
        return _dated_use(_explain_use(wish, fact), fact.since, milk.pumped_from, last)
    return _explain_avoidance(wish, fact, milk.pumped_from, last)


def is_food(key: str) -> bool:
    """Whether leaving it out only counts with a date: what somebody eats today may be in milk pumped last month."""
    known = attribute(key)
    return known is not None and known.kind == FOOD


def tolerates(wish: Wish) -> bool:
    """Whether the family named a level up to which use is no contradiction, or asks about medicines."""
    known = attribute(wish.attribute)
    return known is not None and wish.level is not None and wish.level in (*known.levels, *known.askable)


def _explain_use(wish: Wish, fact: MilkFact) -> Explained:
    """Something is taken: fine only up to a level the family named, on a scale both speak of."""
    known = attribute(wish.attribute)
    if known is None or not tolerates(wish):
        return Explained(wish, Answer.CONFLICTS, Why.USES, level=fact.level)
    if known.kind == MEDICINE and wish.level == ASK_ABOUT:
        return Explained(wish, Answer.ASK, Why.USES_TO_ASK)
    scale = known.levels
    if fact.level not in scale:
        return Explained(wish, Answer.ASK, Why.LEVEL_NOT_SAID)
    if scale.index(fact.level) <= scale.index(str(wish.level)):
        return Explained(wish, Answer.MEETS, Why.WITHIN_LEVEL, level=fact.level)
    return Explained(wish, Answer.CONFLICTS, Why.ABOVE_LEVEL, level=fact.level)


def _dated_use(found: Explained, since: date | None, first: date | None, last: date) -> Explained:
    """A use with a date speaks of the milk pumped from that day on; of what came before nothing is known."""
    if since is None:
        return found
    if first is not None and first >= since:
        return replace(found, since=since)
    if last < since:
        return Explained(found.wish, Answer.ASK, Why.USED_ONLY_LATER, since=since)
    if found.answer is Answer.MEETS:
        usable_from = None if first is None else since
        return replace(found, answer=Answer.ASK, why=Why.USED_ONLY_LATER, since=since, usable_from=usable_from)
    return replace(found, since=since)


def _explain_age(milk: MilkFacts, wish: Wish, *, today: date) -> Explained:
    """How long ago the milk was pumped, against the most the family named; the limit itself is still fine."""
    days = MILK_AGES.get(wish.level or "")
    if days is None:
        return Explained(wish, Answer.ASK, Why.PUMPING_DATE_UNSAID)
    cutoff, first, last = today - timedelta(days=days), milk.pumped_from, milk.pumped_to or today
    if last < cutoff:
        return Explained(wish, Answer.CONFLICTS, Why.OLDER, since=last)
    if first is None:
        return Explained(wish, Answer.ASK, Why.PUMPING_DATE_UNSAID)
    if first < cutoff:
        return Explained(wish, Answer.ASK, Why.PARTLY_OLDER, since=first, usable_from=cutoff)
    return Explained(wish, Answer.MEETS, Why.PUMPED_WITHIN, since=first)


def _explain_avoidance(wish: Wish, fact: MilkFact, first: date | None, last: date) -> Explained:
    if fact.since is None:
        if wish.avoid_days or is_food(wish.attribute):
            return Explained(wish, Answer.ASK, Why.AVOIDS_WITHOUT_DATE)
        return Explained(wish, Answer.MEETS, Why.AVOIDS_ALWAYS)
    if last < fact.since:
        if tolerates(wish):
            return Explained(wish, Answer.ASK, Why.LEVEL_BEFORE_UNSAID, since=fact.since)
        return Explained(wish, Answer.CONFLICTS, Why.PUMPED_BEFORE, since=fact.since)
    if first is None:
        return Explained(wish, Answer.ASK, Why.PUMPING_DATE_UNSAID, since=fact.since)
    return _count_days(wish, fact.since, first, last)


def _count_days(wish: Wish, since: date, first: date, last: date) -> Explained:
    """Compare the days between leaving out and pumping with the days asked for; equal is enough."""
    usable_from = since + timedelta(days=wish.avoid_days or 0)
    if first >= usable_from:
        return Explained(wish, Answer.MEETS, Why.AVOIDED_LONG_ENOUGH, since=since, days=(first - since).days)
    if first < since:
        later = usable_from if usable_from <= last else None
        return Explained(wish, Answer.ASK, Why.PARTLY_PUMPED_BEFORE, since=since, usable_from=later)
    return Explained(wish, Answer.ASK, Why.AVOIDED_FEWER_DAYS, since=since, days=(first - since).days)
