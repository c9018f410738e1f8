"""Hard rules against a naive reference: written anew from the rulebook, compared on generated pairs."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.matching.rules.feasible import judge
from app.matching.rules.fit import fit
from app.matching.rules.sides import (
    FactState,
    MilkFact,
    MilkFacts,
    OfferSide,
    RequestSide,
    Strength,
    Supply,
    Wish,
    Wishes,
)
from tests.matching.sides import NOW, TODAY, apart

FOODS = ["dairy", "soy", "egg"]
DATES = st.dates(TODAY - timedelta(days=500), TODAY)
FACTS = st.builds(MilkFact, st.sampled_from(FactState), st.none() | DATES)


@st.composite
def milks(draw):
    first, last = sorted((draw(DATES), draw(DATES)))
    stated = draw(st.dictionaries(st.sampled_from(FOODS), FACTS, max_size=3))
    return MilkFacts(stated, first, last, storage=draw(st.sampled_from(["deep_freezer", "freezer_unknown", "fridge"])))


OFFERS = st.builds(
    OfferSide, id=st.just(1), author_id=st.integers(1, 3), live=st.booleans(), travel=st.sampled_from([0, 10, 40]),
    supply=st.sampled_from(Supply), volume=st.integers(50, 5000), milk=milks(),
    smallest_handoff=st.none() | st.integers(100, 2000), after_loss=st.booleans(),
)  # fmt: skip
WISHES = st.builds(
    Wishes,
    st.lists(
        st.builds(Wish, st.sampled_from(FOODS), st.sampled_from(Strength), st.none() | st.integers(0, 30)),
        max_size=3, unique_by=lambda wish: wish.attribute,
    ).map(tuple),
    st.booleans(),
    st.booleans(),
)  # fmt: skip
REQUESTS = st.builds(
    RequestSide, id=st.just(2), author_id=st.integers(1, 3), live=st.booleans(), travel=st.sampled_from([0, 10, 40]),
    need_per_day=st.integers(50, 900), days=st.integers(1, 60), stock=st.integers(0, 3000),
    baby_age_band=st.just("0_3"), term_and_healthy=st.just("unsaid"), wishes=WISHES, published_at=st.just(NOW),
)  # fmt: skip


def must_holds(milk: MilkFacts, wish: Wish) -> bool | None:
    """True met, False contradicted, None not known: the plainest reading of the rulebook for foods."""
    fact = milk.stated.get(wish.attribute)
    if fact is None or fact.state is FactState.UNKNOWN:
        return None
    if fact.state is FactState.USES:
        return False
    if fact.since is None:
        return None
    pumping = [milk.pumped_from + timedelta(days=day) for day in range((milk.pumped_to - milk.pumped_from).days + 1)]
    if all(day < fact.since for day in pumping):
        return False
    enough = all((day - fact.since).days >= (wish.avoid_days or 0) for day in pumping)
    return True if enough else None


def proposable(offer: OfferSide, request: RequestSide, kilometres: float, *, blocked: bool) -> bool:
    musts = [must_holds(offer.milk, wish) for wish in request.wishes.asked if wish.strength is Strength.MUST]
    weeks = (request.days + 6) // 7
    there = offer.volume if offer.supply is Supply.ONCE else offer.volume * weeks
    moved = min(there, max(0, request.need_per_day * request.days - request.stock))
    keeps = {"deep_freezer": 365, "freezer_unknown": 183, "fridge": 4}[offer.milk.storage]
    fresh_enough = offer.supply is Supply.WEEKLY or (offer.milk.pumped_to + timedelta(days=keeps) >= date(2026, 11, 24))
    return (
        offer.author_id != request.author_id
        and not blocked
        and offer.live
        and request.live
        and kilometres <= offer.travel + request.travel
        and (moved >= 295 or offer.after_loss)
        and moved >= (offer.smallest_handoff or 0)
        and fresh_enough
        and False not in musts
        and (None not in musts or request.wishes.accepts_asks)
        and not request.wishes.immediate_allergy
    )


@settings(max_examples=300, deadline=None)
@given(offer=OFFERS, request=REQUESTS, kilometres=st.sampled_from([0, 10, 20, 50, 80, 80.001]), blocked=st.booleans())
def test_the_site_proposes_exactly_what_the_plain_rulebook_allows(offer, request, kilometres, blocked) -> None:
    answers = fit(offer.milk, request.wishes, today=TODAY)
    verdict = judge(offer, request, apart(kilometres, blocked=blocked), answers, today=TODAY)
    assert verdict.feasible == proposable(offer, request, kilometres, blocked=blocked)


@given(milk=milks(), wishes=WISHES)
def test_each_must_has_the_answer_of_the_plain_rulebook(milk, wishes) -> None:
    answers = fit(milk, wishes, today=TODAY)
    expected = {True: answers.meets, False: answers.conflicts, None: answers.asks}
    for wish in wishes.asked:
        assert wish in [item.wish for item in expected[must_holds(milk, wish)]]
    assert len(answers.meets) + len(answers.asks) + len(answers.conflicts) == len(wishes.asked)
