"""
Every donor's answers, once for each attribute, in a form that one comparison turns into the answer to any wish.

For avoidance the answer to a wish depends on the days it asks for only through one limit: up to so many days it is met,
beyond that it is something to ask. So each answer is that limit, and what holds when it is passed.
"""

from datetime import date
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.matching.rules.fit import LIPASE, Answer, explain, is_food
from app.matching.rules.many.columns import KEY_AT, KEYS, LIPASES, STATES, UNSAID, Int8, Int16, OfferColumns
from app.matching.rules.sides import FactState, MilkFacts, Wish
from app.posts.rules import MILK_AGE, MILK_AGES, SOUGHT
from app.posts.rules.attributes import MEDICINE

CONFLICTS_CODE: Final = 0
ASK_CODE: Final = 1
MEETS_CODE: Final = 2
"""The three answers as numbers."""

ASK: Final = 0
CONFLICT: Final = 1
BEFORE: Final = 2
"""All of it pumped before the donor left it out: a conflict, or to ask about when the family named a level."""
AGED: Final = 8
"""From here to USES: the answers to each age of the milk that may be asked for, as digits to the base of three."""
USES: Final = 40
"""From here on: taken, at the level ``code - USES - 1`` of its scale; USES itself when the level was not said."""
USES_PARTLY: Final = 60
"""As USES, for milk that was pumped partly before that use is stated: what would be met is to be asked about."""
NEVER: Final = -1
ALWAYS: Final = np.iinfo(np.int16).max

_FOODS: Final = np.array([is_food(key) for key in KEYS])
_MEDICINES: Final = np.array([each.kind == MEDICINE for each in SOUGHT])


class Answers(NamedTuple):
    """By offer and attribute: a wish of at most ``limit`` days is met, any other gets ``beyond``."""

    limit: Int16
    beyond: Int8


def answers(offers: OfferColumns, *, today: date) -> Answers:
    """What each offer answers to a wish about each attribute; ``today`` stands for milk still to be pumped."""
    shape = len(offers), len(KEYS)
    limit, beyond = np.full(shape, NEVER, np.int16), np.full(shape, ASK, np.int8)
    facts = offers.facts
    owner = np.repeat(np.arange(len(offers)), np.diff(facts.start))
    limits, codes = _of_facts(offers, owner, today.toordinal())
    limit[owner, facts.key], beyond[owner, facts.key] = limits, codes
    at = KEY_AT[LIPASE]
    by_lipase = [_lipase(each, today) for each in LIPASES]
    limit[:, at] = np.array([each[0] for each in by_lipase], np.int16)[offers.lipase]
    beyond[:, at] = np.array([each[1] for each in by_lipase], np.int8)[offers.lipase]
    limit[:, KEY_AT[MILK_AGE]], beyond[:, KEY_AT[MILK_AGE]] = NEVER, _aged(offers, today.toordinal())
    return Answers(limit, beyond)


def _of_facts(offers: OfferColumns, owner: NDArray[np.intp], today: int) -> tuple[Int16, Int8]:
    facts = offers.facts
    first, last = offers.pumped_from[owner], offers.pumped_to[owner]
    last = np.where(last == 0, today, last)
    avoids, dated = facts.state == STATES.index(FactState.AVOIDS), facts.since > 0
    later = dated & (last < facts.since)
    limit = np.where(avoids & ~dated & ~_FOODS[facts.key], 0, NEVER)
    limit = np.where(avoids & dated & ~later & (first > 0), np.clip(first - facts.since, NEVER, ALWAYS), limit)
    beyond = np.where(avoids & later, BEFORE, ASK)
    level = np.where(_MEDICINES[facts.key], UNSAID, facts.level)
    partly = dated & ~((first > 0) & (first >= facts.since))
    used = np.where(partly, USES_PARTLY, USES) + 1 + level
    uses = (facts.state == STATES.index(FactState.USES)) & ~later
    return limit.astype(np.int16), np.where(uses, used, beyond).astype(np.int8)


def _aged(offers: OfferColumns, today: int) -> Int8:
    """The answers to every age of the milk a family may ask for."""
    first, last = offers.pumped_from, np.where(offers.pumped_to == 0, today, offers.pumped_to)
    codes = np.full(len(offers), AGED)
    for at, days in enumerate(MILK_AGES.values()):
        cutoff = today - days
        met = (first > 0) & (first >= cutoff) & (last >= cutoff)
        codes += 3**at * np.where(last < cutoff, CONFLICTS_CODE, np.where(met, MEETS_CODE, ASK_CODE))
    return codes.astype(np.int8)


def _lipase(word: str, today: date) -> tuple[int, int]:
    answer = explain(MilkFacts(lipase=word), Wish(LIPASE), today=today).answer
    return (ALWAYS if answer is Answer.MEETS else NEVER), (CONFLICT if answer is Answer.CONFLICTS else ASK)
