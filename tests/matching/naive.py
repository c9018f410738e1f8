"""
The rulebook of the matcher read as plainly as it can be: day by day, without a shortcut, without the code of the app.

Three answers are True (met), False (contradicted) and None (somebody has to ask). The tests hold the rules against
this, and the compiled loops of plans may be held against it too.
"""

from datetime import date, timedelta

from app.matching.rules.sides import MilkFacts, OfferSide, RequestSide, Wish

SCALES = {
    "caffeine": ["to_100", "to_200", "to_300", "over_300"],
    "alcohol": ["wait_24", "wait_12", "wait_8", "wait_3", "waits", "drinks"],
    "nicotine": ["household", "replacement", "vapes", "smokes"],
    "cannabis": ["cbd", "thc"],
    "medicines": ["ask"],
}
FOODS = {"dairy", "soy", "egg", "gluten", "peanut", "tree_nut", "fish", "shellfish", "sesame", "corn"}
KEEPS = {"deep_freezer": 365, "freezer": 365, "freezer_unknown": 183, "fridge": 4}
AGES = {"within_1": 31, "within_3": 92, "within_6": 183}


def lot(milk: MilkFacts, today: date) -> list[date]:
    """Every day on which the milk was pumped; milk without a last day may be from any day until today."""
    last = milk.pumped_to or today
    return [milk.pumped_from + timedelta(days=n) for n in range((last - milk.pumped_from).days + 1)]


def whole(answers: set[bool | None]) -> bool | None:
    """Of a lot: met when all of it is, contradicted when all of it is, else to ask."""
    return answers.pop() if len(answers) == 1 else None


def holds(milk: MilkFacts, wish: Wish, today: date) -> bool | None:
    """The answer to one wish."""
    last = milk.pumped_to or today
    known_days = [last] if milk.pumped_from is None else lot(milk, today)
    if wish.attribute == "lipase":
        return {"not_noticed": True, "scalded_before_freezing": True, "soapy_after_days": False}.get(milk.lipase)
    if wish.attribute == "milk_age":
        return young_enough(milk, wish, known_days, today)
    return stated(milk, wish, known_days)


def young_enough(milk: MilkFacts, wish: Wish, known_days: list[date], today: date) -> bool | None:
    """Pumped within the time that was named."""
    if wish.level not in AGES:
        return None
    answers = {(today - day).days <= AGES[wish.level] for day in known_days}
    return False if answers == {False} else None if milk.pumped_from is None else whole(answers)


def stated(milk: MilkFacts, wish: Wish, known_days: list[date]) -> bool | None:
    """What the donor says of it, where she says anything."""
    fact = milk.stated.get(wish.attribute)
    if fact is None or fact.state == "unknown":
        return None
    if fact.state == "avoids":
        return avoided(milk, wish, known_days, fact.since)
    answer = used(wish, fact.level)
    if fact.since is None:
        return answer
    if all(day < fact.since for day in known_days):
        return None
    speaks_of_all = milk.pumped_from is not None and milk.pumped_from >= fact.since
    return None if answer is True and not speaks_of_all else answer


def avoided(milk: MilkFacts, wish: Wish, known_days: list[date], since: date | None) -> bool | None:
    """Left out since a day, or without saying since when."""
    if since is None:
        return None if wish.avoid_days or wish.attribute in FOODS else True
    if all(day < since for day in known_days):
        return None if wish.level in SCALES.get(wish.attribute, []) else False
    if milk.pumped_from is None:
        return None
    return True if all((day - since).days >= (wish.avoid_days or 0) for day in known_days) else None


def used(wish: Wish, level: str | None) -> bool | None:
    """Taken: fine up to the level that was asked; of medicines one asks when the family said so."""
    scale = SCALES.get(wish.attribute, [])
    if wish.level not in scale:
        return False
    if wish.attribute == "medicines" or level not in scale:
        return None
    return scale.index(level) <= scale.index(wish.level)


def proposable(offer: OfferSide, request: RequestSide, kilometres: float, *, today: date, against: bool) -> bool:
    """Whether the site may propose the pair; ``against`` says that somebody blocked or declined."""
    musts = [holds(offer.milk, wish, today) for wish in request.wishes.asked if wish.strength == "must"]
    weeks = (request.days + 6) // 7
    there = offer.volume if offer.supply == "once" else offer.volume * weeks
    moved = min(there, max(0, request.need_per_day * request.days - request.stock))
    return (
        offer.author_id != request.author_id
        and not against
        and offer.live
        and request.live
        and kilometres <= offer.travel + request.travel
        and (moved >= 295 or offer.after_loss)
        and moved >= (offer.smallest_handoff or 0)
        and offer.milk.storage != "thawed"
        and lasts(offer, today)
        and False not in musts
        and (None not in musts or request.wishes.accepts_asks)
        and not request.wishes.immediate_allergy
    )


def lasts(offer: OfferSide, today: date) -> bool:
    """Whether the newest milk may still be fed three days from today."""
    if offer.supply == "weekly" or offer.milk.pumped_to is None or offer.milk.storage not in KEEPS:
        return True
    return offer.milk.pumped_to + timedelta(days=KEEPS[offer.milk.storage]) >= today + timedelta(days=3)
