"""What the index knows of diet never hides a pair that the rules would let through."""

from datetime import date, timedelta

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from app.matching.rules.fit import Answer, explain
from app.matching.rules.sides import FactState, MilkFact, MilkFacts, Strength, Wish
from app.posts.rules import LIPASE, SOUGHT, STORAGE, Fact, index_bits
from app.posts.rules.index_bits import mask_of, offer_bits, request_bits, storage_mask

TODAY = date(2026, 11, 21)
DAYS = st.integers(0, 60).map(lambda days: TODAY - timedelta(days=days))
KEYS = st.sampled_from([each.key for each in SOUGHT])
STATED = [each for each in SOUGHT if each.kind != "milk"]
LEVELS = st.sampled_from([None, "nonsense", *{level for each in SOUGHT for level in (*each.levels, *each.askable)}])


@st.composite
def facts(draw):
    found = []
    for each in draw(st.lists(st.sampled_from(STATED), unique=True, max_size=8)):
        state = draw(st.sampled_from(["avoids", "uses", "unknown"]))
        level = draw(st.sampled_from([None, *each.levels]))
        found.append(Fact(each.key, state, draw(st.none() | DAYS), level if state == "uses" else None))
    return tuple(found)


@st.composite
def wishes(draw, key=KEYS):
    wanted = draw(key)
    known = next(each for each in SOUGHT if each.key == wanted)
    level = draw(st.sampled_from([None, *known.levels, *known.askable]) | LEVELS)
    return Wish(known.key, Strength.MUST, draw(st.sampled_from([None, 3, 14])), level)


def bits_of(stated, *, lipase="unknown", storage="freezer", pumped=(None, None), weekly=False) -> int:
    return offer_bits(stated, lipase=lipase, storage=storage, pumped_from=pumped[0], pumped_to=pumped[1], weekly=weekly)


@given(
    st.data(), facts(), st.tuples(st.none() | DAYS, st.none() | DAYS), st.booleans(), st.sampled_from(sorted(LIPASE)),
    st.integers(0, 40).map(lambda days: TODAY + timedelta(days=days)),
)  # fmt: skip
def test_a_bit_is_set_only_where_the_rules_say_no(data, stated, pumped, weekly, lipase, today) -> None:
    """On the day it is written and on every later one: what only time can tell stands in no bit."""
    if None not in pumped:
        pumped = (min(pumped), max(pumped))
    keys = [fact.attribute for fact in stated] or ["dairy"]
    wish = data.draw(wishes(st.sampled_from(keys) | KEYS))
    milk = MilkFacts(
        {fact.attribute: MilkFact(FactState(fact.state), fact.since, fact.level) for fact in stated},
        pumped[0] or (today if weekly else None), pumped[1], lipase=lipase,
    )  # fmt: skip
    answer = explain(milk, wish, today=today).answer
    bits = bits_of(stated, lipase=lipase, pumped=pumped, weekly=weekly)
    event(answer)
    if bits & mask_of([wish], accepts_asks=True):
        assert answer is Answer.CONFLICTS
    if bits & mask_of([wish], accepts_asks=False):
        assert answer is not Answer.MEETS


@pytest.mark.parametrize(
    ("stated", "wish", "conflict", "strict"),
    [
        pytest.param(("dairy", "uses"), ("dairy", None), True, True, id="dairy is eaten"),
        pytest.param(("dairy", "avoids"), ("dairy", None), False, True, id="no dairy, but since when?"),
        pytest.param(("vegan", "avoids"), ("vegan", None), False, False, id="a way of eating needs no date"),
        pytest.param(("egg", "uses"), ("dairy", None), False, True, id="nothing said of dairy is to be asked"),
        pytest.param(("caffeine", "uses", "to_300"), ("caffeine", "to_200"), True, True, id="above the level"),
        pytest.param(("caffeine", "uses", "to_200"), ("caffeine", "to_200"), False, False, id="up to the level"),
        pytest.param(("caffeine", "uses"), ("caffeine", "to_200"), False, True, id="a level that is not said"),
        pytest.param(("alcohol", "uses", "waits"), ("alcohol", "wait_12"), True, True, id="too few hours"),
        pytest.param(("medicines", "uses"), ("medicines", "ask"), False, True, id="a medicine to ask about"),
        pytest.param(("medicines", "uses"), ("medicines", None), True, True, id="no medicines"),
    ],
)
def test_most_conflicts_and_asks_stand_in_a_bit(stated, wish, conflict, strict) -> None:
    key, state, *level = stated
    asked = [Wish(wish[0], Strength.MUST, None, wish[1])]
    bits = bits_of([Fact(key, state, None, *level)])
    assert bool(bits & mask_of(asked, accepts_asks=True)) is conflict
    assert bool(bits & mask_of(asked, accepts_asks=False)) is strict


def test_soapy_milk_stands_against_low_lipase_and_scalded_does_not() -> None:
    asked = mask_of([Wish("lipase")], accepts_asks=False)
    assert bits_of((), lipase="soapy_after_days") & asked
    assert bits_of((), lipase="unknown") & asked
    assert not bits_of((), lipase="scalded_before_freezing") & asked


def test_a_preference_masks_nothing() -> None:
    assert mask_of([Wish("dairy", Strength.PREFER)], accepts_asks=False) == 0


def test_a_request_s_number_is_the_mask_of_its_musts() -> None:
    asked = [Wish("dairy"), Wish("soy")]
    assert request_bits(asked, accepts_asks=True, immediate_allergy=False) == mask_of(asked, accepts_asks=True)
    allergic = request_bits((), accepts_asks=True, immediate_allergy=True)
    assert allergic & index_bits.IMMEDIATE_ALLERGY
    assert not bits_of((Fact("dairy", "uses"),)) & allergic


@pytest.mark.parametrize("kept", sorted(STORAGE.keys() - {"thawed"}))
def test_only_the_storage_that_is_wanted_passes(kept) -> None:
    assert not bits_of((), storage=kept) & storage_mask([kept])
    assert not bits_of((), storage=kept) & storage_mask([])
    assert bits_of((), storage=kept) & storage_mask(STORAGE.keys() - {kept})


def test_every_meaning_fits_into_a_stored_number_and_every_attribute_has_its_bits() -> None:
    bits = list(index_bits._BITS.values())
    assert len(set(bits)) == len(bits)
    assert max(bits) < index_bits.EVERY_MASK < 1 << 63
    for each in SOUGHT:
        assert f"{each.key}?" in index_bits._BITS
        assert each.key == "milk_age" or each.key in index_bits._BITS
        if each.kind == "substance":
            assert all(f"{each.key}>{level}" in index_bits._BITS for level in each.askable)
