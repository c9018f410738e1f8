"""The attribute catalogue: what stands in it, and on whose word."""

import re

import pytest

from app.posts.rules import (
    ASK_ABOUT,
    ATTRIBUTES,
    GROUPS,
    KINDS,
    LEVELS,
    LIPASE,
    MILK_AGES,
    MOST_USED,
    SHOWN_TO_ALL,
    SOUGHT,
    SOURCES,
    attribute,
    sources,
)
from app.posts.rules.attributes import TOLD

NEVER = re.compile(r"\b(safe|clean|tested|free of|verified)\b|-free", re.IGNORECASE)


def test_the_catalogue_holds_the_ten_allergens_the_ways_of_eating_and_what_is_taken():
    assert {each.key for each in ATTRIBUTES} == {
        "dairy", "soy", "egg", "gluten", "peanut", "tree_nut", "fish", "shellfish", "sesame", "corn", "vegan",
        "vegetarian", "halal", "kosher", "caffeine", "alcohol", "nicotine", "cannabis", "herbal", "medicines", "lipase",
        "milk_age", "vaccination",
    }  # fmt: skip


def test_what_families_ask_about_most_comes_first():
    assert [each.key for each in MOST_USED][:4] == ["dairy", "soy", "egg", "gluten"]
    assert list(ATTRIBUTES[: len(MOST_USED)]) == list(MOST_USED)


@pytest.mark.parametrize("each", ATTRIBUTES, ids=lambda each: each.key)
def test_every_attribute_is_whole_and_what_is_known_of_it_has_a_source(each):
    assert attribute(each.key) is each
    assert each.group in GROUPS
    assert each.kind in KINDS
    assert all(level in LEVELS for level in (*each.levels, *each.askable))
    assert bool(each.known) is bool(each.source)
    assert len(sources(each.source)) == len(each.source)


@pytest.mark.parametrize("each", ATTRIBUTES, ids=lambda each: each.key)
def test_the_site_never_speaks_for_the_milk(each):
    assert not any(NEVER.search(words) for words in (each.label, each.none, each.some, each.known))


def test_caffeine_is_asked_in_the_bands_of_the_sources():
    assert attribute("caffeine").levels == ("to_100", "to_200", "to_300", "over_300")


def test_alcohol_is_asked_in_hours_before_pumping_and_a_medicine_may_be_asked_about():
    assert attribute("alcohol").askable == ("wait_24", "wait_12", "wait_8", "wait_3", "waits")
    assert attribute("medicines").askable == (ASK_ABOUT,)
    assert attribute("milk_age").askable == tuple(MILK_AGES)
    assert attribute("dairy").askable == attribute("lipase").askable == ()


def test_a_vaccination_may_be_told_and_nobody_can_ask_the_site_for_it():
    told = attribute("vaccination")
    assert told.kind == TOLD
    assert (told.levels, told.askable, told.known) == ((), (), "")
    assert told not in SOUGHT
    assert told not in MOST_USED
    assert told.key not in SHOWN_TO_ALL
    assert [each for each in ATTRIBUTES if each not in SOUGHT] == [told]


def test_the_soapy_taste_has_the_answers_of_the_offer():
    assert set(attribute("lipase").levels) | {"unknown"} == set(LIPASE)


def test_only_pages_that_were_read_or_read_about_are_sources():
    assert {each.evidence for each in SOURCES.values()} == {"V", "S"}
    assert all(each.url.startswith("http") for each in SOURCES.values())
    with pytest.raises(KeyError):
        sources(["BOOBALA"])


def test_an_unknown_key_is_no_attribute():
    assert attribute("gold") is None
