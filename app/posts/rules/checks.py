"""
What may be typed into a post: reasons per field, in plain words, for whatever cannot be taken.

Limits of plausibility are ours and generous; limits of storage are the Centers for Disease Control's (source
``CDC-STORE``): frozen milk at most 12 months, thawed milk used within 24 hours and never frozen again. For milk kept in
a fridge the longest figure any source gives is used, 8 days (``BFN``), because a shorter one would refuse what a source
allows. ``today`` is the author's own calendar day. Fields are named as the forms name them; an answer about an
attribute is ``facts-dairy-since`` or ``wishes-dairy-level``.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from app.kernel.quantities import Kilometres
from app.kernel.words import N_
from app.posts.rules.attributes import MILK, MILK_AGE, TOLD, attribute
from app.posts.rules.drafts import (
    AVOID_DAYS,
    BABY_AGE_BANDS,
    LIPASE,
    PREFERENCES,
    REPLACE_BAGS,
    STORAGE,
    TERM_AND_HEALTHY,
    TRAVEL_KM,
    Draft,
    Fact,
    OfferDraft,
    RequestDraft,
    Wish,
)

Reasons = dict[str, list[str]]
Finding = tuple[str, str]

MOST_ONCE_ML: Final = 60_000
MOST_WEEKLY_ML: Final = 15_000
MOST_PER_DAY_ML: Final = 3_000
LEAST_PER_DAY_ML: Final = 30
LEAST_OFFER_ML: Final = 295
"""Ten US ounces: the least that is worth a way for two families. Waived for a donor after a loss."""
MOST_DAYS: Final = 366
MOST_FAMILIES: Final = 20
OLDEST_BABY_MONTHS: Final = 48
LONGEST_NOTE: Final = 2_000
"""Code points of a note."""
FRIDGE_DAYS: Final = 8
LONGEST_LIFE: Final = timedelta(days=365)
OLDEST_SINCE: Final = timedelta(days=365 * 80)

NOT_MORE_THAN_ZERO: Final = N_("Please give an amount above zero.")
MISSING: Final = N_("Please fill this in.")
CHOOSE: Final = N_("Please choose from the list.")
TOO_MUCH_ONCE: Final = N_("That is more than 60 litres (about 2,000 oz). Please check the amount and the unit.")
TOO_MUCH_WEEKLY: Final = N_("That is more than 15 litres (about 500 oz) a week. Please check the amount and the unit.")
TOO_MUCH_PER_DAY: Final = N_("That is more than 3 litres (about 100 oz) a day. Please check the amount and the unit.")
TOO_LITTLE_PER_DAY: Final = N_("That is less than 30 ml (1 oz) a day. Please check the amount and the unit.")
TOO_LITTLE: Final = N_(
    "Families travel for at least 295 ml (10 oz). A milk bank or a later offer may suit this better."
)
STOCK_TOO_MUCH: Final = N_("That is more than 60 litres (about 2,000 oz). Please check the amount and the unit.")
NEGATIVE: Final = N_("This cannot be less than zero.")
TOO_MANY_DAYS: Final = N_("Please give a number of days from 1 to 366.")
FAMILIES: Final = N_("Please give a number of families from 1 to 20.")
BABY_MONTHS: Final = N_("Please give the age in whole months, from 0 to 48.")
HANDOFF_TOO_BIG: Final = N_("The smallest handoff cannot be more than the whole amount.")
PUMPED_LATER: Final = N_("This day has not come yet. When was the milk pumped?")
PUMPED_ORDER: Final = N_("The newest milk cannot be from before the oldest. Are the two days swapped?")
PUMPED_AFTER_END: Final = N_("The milk cannot be pumped after the offer's last day.")
TOO_OLD: Final = N_(
    "Milk pumped more than 12 months ago cannot be offered: the CDC says to use frozen milk within 12 months. "
    "Leave those bags out and give the date of the oldest that remain."
)
FRIDGE_TOO_OLD: Final = N_(
    "Milk kept in a fridge lasts 4 days (CDC), 8 at the very most (Breastfeeding Network UK). "
    "If it is frozen, please choose the freezer."
)
THAWED: Final = N_(
    "Thawed milk cannot be offered. The CDC says: use it within 24 hours of thawing, and never freeze it again. "
    "There is no time left for another family. Please offer only milk that stayed frozen or was never frozen."
)
NOTE_TOO_LONG: Final = N_(
    "This note is longer than 2,000 characters. Everything you wrote is still here: please shorten it."
)
END_PAST: Final = N_("This day is over. Please choose today or a later day.")
END_TOO_FAR: Final = N_("Please choose a day within a year. You can renew it later.")
SINCE_LATER: Final = N_("This day has not come yet. Since when do you leave it out?")
SINCE_TOO_EARLY: Final = N_("That is very long ago. Please check the year.")
NOT_IN_CATALOGUE: Final = N_("We do not know this question.")
ONLY_TOLD: Final = N_("We do not choose by this. You can ask it yourself once you both agreed to talk.")
TWICE: Final = N_("This is answered twice.")
AVOID_DAYS_UNKNOWN: Final = N_("Please choose 3, 7, 14 or 21 days.")

_FACT_STATES: Final = frozenset({"avoids", "uses", "unknown"})
_STRENGTHS: Final = frozenset({"must", "prefer"})
_TRAVEL: Final = frozenset(Kilometres(each) for each in TRAVEL_KM)
_LAST_OF_FEBRUARY: Final = 28


def check(draft: Draft, *, today: date) -> Reasons:
    """Reasons per field for which ``draft`` cannot be posted today; empty when it can."""
    return check_offer(draft, today=today) if isinstance(draft, OfferDraft) else check_request(draft, today=today)


def check_offer(draft: OfferDraft, *, today: date) -> Reasons:
    """Reasons per field for which this offer cannot be posted today."""
    return _gathered(*_offered(draft), *_kept(draft, today), *_shared(draft, today), *_facts(draft.facts, today))


def check_request(draft: RequestDraft, *, today: date) -> Reasons:
    """Reasons per field for which this request cannot be posted today."""
    return _gathered(*_needed(draft), *_shared(draft, today), *_wishes(draft.wishes))


def check_end(ends_on: date | None, *, today: date) -> list[str]:
    """Why ``ends_on`` cannot be a post's last day; today and the same day next year are still allowed."""
    if ends_on is None:
        return []
    if ends_on < today:
        return [END_PAST]
    return [END_TOO_FAR] if ends_on > today + LONGEST_LIFE else []


def oldest_allowed(today: date) -> date:
    """The first day of the last 12 months: milk pumped on it may still be offered today."""
    day = min(today.day, _LAST_OF_FEBRUARY) if today.month == 2 else today.day  # noqa: PLR2004 - February.
    return today.replace(year=today.year - 1, day=day)


def _gathered(*found: Finding) -> Reasons:
    reasons: Reasons = {}
    for field, reason in found:
        reasons.setdefault(field, []).append(reason)
    return reasons


def _offered(draft: OfferDraft) -> Iterator[Finding]:
    if draft.supply not in {"once", "weekly"}:
        yield "supply", CHOOSE
    yield from _amount(draft)
    smallest, amount = draft.smallest_handoff_ml, draft.amount_ml
    if smallest is not None and smallest <= 0:
        yield "smallest_handoff", NOT_MORE_THAN_ZERO
    elif smallest is not None and amount is not None and smallest > amount > 0:
        yield "smallest_handoff", HANDOFF_TOO_BIG
    if draft.preference not in PREFERENCES:
        yield "preference", CHOOSE
    if not 1 <= draft.max_families <= MOST_FAMILIES:
        yield "max_families", FAMILIES
    if draft.baby_age_months is not None and not 0 <= draft.baby_age_months <= OLDEST_BABY_MONTHS:
        yield "baby_age_months", BABY_MONTHS


def _amount(draft: OfferDraft) -> Iterator[Finding]:
    amount = draft.amount_ml
    most, too_much = (MOST_ONCE_ML, TOO_MUCH_ONCE) if draft.supply == "once" else (MOST_WEEKLY_ML, TOO_MUCH_WEEKLY)
    if amount is None:
        yield "amount", MISSING
    elif amount <= 0:
        yield "amount", NOT_MORE_THAN_ZERO
    elif amount > most:
        yield "amount", too_much
    elif amount < LEAST_OFFER_ML and not draft.after_loss:
        yield "amount", TOO_LITTLE


def _kept(draft: OfferDraft, today: date) -> Iterator[Finding]:
    if draft.storage == "thawed":
        yield "storage", THAWED
    elif draft.storage not in STORAGE:
        yield "storage", CHOOSE
    if draft.lipase not in LIPASE:
        yield "lipase", CHOOSE
    if draft.supply == "once" and draft.pumped_from is None:
        yield "pumped_from", MISSING
    yield from _pumped("pumped_from", draft.pumped_from, draft, today)
    yield from _pumped("pumped_to", draft.pumped_to, draft, today)
    if draft.pumped_from and draft.pumped_to and draft.pumped_to < draft.pumped_from:
        yield "pumped_to", PUMPED_ORDER


def _pumped(field: str, pumped: date | None, draft: OfferDraft, today: date) -> Iterator[Finding]:
    if pumped is None:
        return
    if pumped > today:
        yield field, PUMPED_LATER
    elif pumped < oldest_allowed(today):
        yield field, TOO_OLD
    elif draft.storage in {"fridge", "fresh"} and pumped < today - timedelta(days=FRIDGE_DAYS):
        yield field, FRIDGE_TOO_OLD
    if draft.ends_on is not None and pumped > draft.ends_on:
        yield field, PUMPED_AFTER_END


def _needed(draft: RequestDraft) -> Iterator[Finding]:
    need = draft.need_ml_per_day
    if need <= 0:
        yield "need", NOT_MORE_THAN_ZERO
    elif need < LEAST_PER_DAY_ML:
        yield "need", TOO_LITTLE_PER_DAY
    elif need > MOST_PER_DAY_ML:
        yield "need", TOO_MUCH_PER_DAY
    if not 1 <= draft.days <= MOST_DAYS:
        yield "days", TOO_MANY_DAYS
    if draft.stock_ml < 0:
        yield "stock", NEGATIVE
    elif draft.stock_ml > MOST_ONCE_ML:
        yield "stock", STOCK_TOO_MUCH
    if draft.baby_age_band not in BABY_AGE_BANDS:
        yield "baby_age_band", CHOOSE
    if draft.term_and_healthy not in TERM_AND_HEALTHY:
        yield "term_and_healthy", CHOOSE


def _shared(draft: Draft, today: date) -> Iterator[Finding]:
    if draft.travel_km not in _TRAVEL:
        yield "travel", CHOOSE
    if draft.replace_bags not in REPLACE_BAGS:
        yield "replace_bags", CHOOSE
    if len(draft.note) > LONGEST_NOTE:
        yield "note", NOTE_TOO_LONG
    for reason in check_end(draft.ends_on, today=today):
        yield "ends_on", reason


def _facts(facts: tuple[Fact, ...], today: date) -> Iterator[Finding]:
    seen: set[str] = set()
    for fact in facts:
        if fact.attribute in seen:
            yield f"facts-{fact.attribute}-state", TWICE
        seen.add(fact.attribute)
        yield from _fact(fact, today)


def _fact(fact: Fact, today: date) -> Iterator[Finding]:
    known, at = attribute(fact.attribute), f"facts-{fact.attribute}"
    if known is None or known.kind == MILK:
        yield "facts", NOT_IN_CATALOGUE
        return
    if fact.state not in _FACT_STATES:
        yield f"{at}-state", CHOOSE
    if fact.level is not None and (fact.state != "uses" or fact.level not in known.levels):
        yield f"{at}-level", CHOOSE
    if fact.since is not None and fact.since > today:
        yield f"{at}-since", SINCE_LATER
    elif fact.since is not None and fact.since < today - OLDEST_SINCE:
        yield f"{at}-since", SINCE_TOO_EARLY


def _wishes(wishes: tuple[Wish, ...]) -> Iterator[Finding]:
    seen: set[str] = set()
    for wish in wishes:
        if wish.attribute in seen:
            yield f"wishes-{wish.attribute}-strength", TWICE
        seen.add(wish.attribute)
        yield from _wish(wish)


def _wish(wish: Wish) -> Iterator[Finding]:
    known, at = attribute(wish.attribute), f"wishes-{wish.attribute}"
    if known is None:
        yield "wishes", NOT_IN_CATALOGUE
        return
    if known.kind == TOLD:
        yield "wishes", ONLY_TOLD
        return
    if wish.strength not in _STRENGTHS:
        yield f"{at}-strength", CHOOSE
    if wish.level is not None and wish.level not in known.askable:
        yield f"{at}-level", CHOOSE
    elif wish.level is None and known.key == MILK_AGE:
        yield f"{at}-level", MISSING
    if wish.avoid_days is not None and wish.avoid_days not in AVOID_DAYS:
        yield f"{at}-avoid_days", AVOID_DAYS_UNKNOWN
