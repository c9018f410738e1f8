"""What people type into the place picker: exact places first, guesses only as "did you mean", never an error."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.infra.areas import storage
from app.infra.areas.storage import DEFAULT_FILE, load_catalogue, load_names
from app.infra.gazetteer import PlaceAnswer, PlaceCandidate, find_places, place_at, use_online
from app.infra.gazetteer.names import fold


@pytest.mark.parametrize(
    ("query", "label"),
    [
        ("95814", "95814 Sacramento, CA, United States"),
        ("95814-1234", "95814 Sacramento, CA, United States"),
        ("Sacramento, CA 95814", "95814 Sacramento, CA, United States"),
        ("ca 95814", "95814 Sacramento, CA, United States"),
        ("00501", "00501 Holtsville, NY, United States"),
        ("Madison, WI", "Madison, WI, United States"),
        ("madison wi", "Madison, WI, United States"),
        ("Madison, Dane County, Wisconsin", "Madison, WI, United States"),
        ("MADISON,wisconsin,USA", "Madison, WI, United States"),
        ("Fitchburg, WI", "Fitchburg, WI, United States"),
        ("St. Paul, MN", "Saint Paul, MN, United States"),
        ("Winston Salem North Carolina", "Winston-Salem, NC, United States"),
        ("new york", "New York City, NY, United States"),
        ("Lyon", "Lyon, Auvergne-Rhône-Alpes, France"),
        ("Lyon, France", "Lyon, Auvergne-Rhône-Alpes, France"),
        ("69002 Lyon", "Lyon, Auvergne-Rhône-Alpes, France"),
        ("Berlin 10115", "Berlin, Germany"),
        ("Singapore", "Singapore"),
        ("toronto canada", "Toronto, ON, Canada"),
        ("sao paulo, brasil", "São Paulo, SP, Brazil"),
        ("Bangor, Wales", "Bangor, Wales, United Kingdom"),
        ("London", "London, England, United Kingdom"),
        ("London, Ontario", "London, ON, Canada"),
    ],
)
def test_an_exact_place_comes_first(query: str, label: str) -> None:
    assert find_places(query).exact[0].label == label


LAUNCH_TOWNS = [
    "Sacramento, CA", "Elk Grove, CA", "Davis, CA", "Madison, WI", "Fitchburg, WI", "Toronto", "Montréal",
    "Vancouver, BC", "Ciudad de México", "Guadalajara, Mexico", "San Juan, Puerto Rico", "Manchester, UK",
    "Glasgow", "Cardiff", "Belfast", "Dublin, Ireland", "Cork, Ireland", "Lyon", "Villeurbanne", "Paris, France",
    "Bruxelles", "Antwerpen", "Gent", "Brugge", "Leuven", "Liège", "Genève", "Zürich", "Bern", "Luzern", "Basel",
    "Köln", "München", "Nürnberg", "Frankfurt", "Hannover", "Düsseldorf", "Berlin", "Wien", "Graz", "Madrid",
    "Sevilla", "Barcelona", "Lisboa", "Porto", "São Paulo", "Rio de Janeiro", "Belo Horizonte", "Jakarta",
    "Surabaya", "Kuala Lumpur", "George Town, Malaysia", "Sydney", "Melbourne, Australia", "Auckland",
    "Wellington, New Zealand", "Dubai", "Riyadh", "Cairo", "Casablanca", "Beirut", "Amman", "Doha", "Kuwait City",
    "Manama", "Muscat", "Baghdad", "Tunis", "Algiers", "Tripoli, Libya", "القاهرة",
]  # fmt: skip


@pytest.mark.parametrize("query", LAUNCH_TOWNS)
def test_every_launch_town_resolves(query: str) -> None:
    assert find_places(query).exact, find_places(query).suggestions


def test_towns_of_one_name_are_all_offered_the_largest_first() -> None:
    answer = find_places("Springfield")
    assert [candidate.label.split(",")[1].strip() for candidate in answer.exact[:3]] == ["MO", "MA", "IL"]
    assert len(answer.exact) == 6
    assert answer.more
    assert not answer.suggestions


def test_towns_of_one_name_in_one_state_are_told_apart_by_their_county() -> None:
    labels = [candidate.label for candidate in find_places("Washington, PA", limit=20).exact]
    assert len(labels) == len(set(labels))
    springs = [candidate.label for candidate in find_places("Union, WI", limit=20).exact]
    assert len(springs) == len(set(springs))


def test_a_country_keeps_to_itself() -> None:
    assert [place.label for place in find_places("London", country="CA").exact] == ["London, ON, Canada"]
    assert find_places("London", country="ca") == find_places("London", country="CA")
    assert not find_places("95814", country="FR").exact
    assert not find_places("Lyon", country="XX").exact


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("Sacremento", "Sacramento, CA, United States"),
        ("Fitchbrg, WI", "Fitchburg, WI, United States"),
        ("Madis", "Madison, WI, United States"),
        ("Winipeg", "Winnipeg, MB, Canada"),
    ],
)
def test_a_misspelt_place_is_suggested_and_never_exact(query: str, meant: str) -> None:
    answer = find_places(query)
    assert not answer.exact
    assert meant in [candidate.label for candidate in answer.suggestions]


@pytest.mark.parametrize(
    "query",
    [
        *("", "   ", ",", ", ,", "🍼", "x" * 10_000, "\x00\x07", "Sacra\x00mento\n\t;--"),
        *("\ud800", "99999", "<script>", "%00", "a", "."),
    ],
)
def test_junk_gets_an_answer_without_an_exact_place(query: str) -> None:
    answer = find_places(query)
    assert not answer.exact
    assert len(answer.suggestions) <= 6


@given(st.text(max_size=200), st.one_of(st.none(), st.text(max_size=3)), st.integers(-3, 10))
@settings(max_examples=40, deadline=None)
def test_no_text_raises_or_exceeds_the_limit(query: str, country: str | None, limit: int) -> None:
    answer = find_places(query, country=country, limit=limit)
    assert len(answer.exact) <= max(limit, 0)
    assert len(answer.suggestions) <= max(limit, 0)
    assert not (answer.exact and answer.suggestions)


def test_a_candidate_holds_an_area_and_no_coordinate() -> None:
    assert [field.name for field in dataclasses.fields(PlaceCandidate)] == ["label", "area", "area_name"]
    candidate = find_places("Fitchburg, WI").exact[0]
    assert load_catalogue().area(candidate.area).name == candidate.area_name == "Fitchburg, WI"


def test_the_same_query_gives_the_same_answer() -> None:
    assert find_places("Sacremento") == find_places("Sacremento")


def test_a_tapped_point_becomes_its_area() -> None:
    assert place_at(42.9608, -89.4698) == PlaceCandidate(
        "Fitchburg, WI, United States", find_places("Fitchburg, WI").exact[0].area, "Fitchburg, WI"
    )


def test_an_online_geocoder_only_adds_suggestions_named_by_their_area() -> None:
    area = find_places("Fitchburg, WI").exact[0].area
    use_online(lambda _query: [area])
    try:
        assert find_places("2345 Nowhere Lane, Zzyx").suggestions[0].label == "Fitchburg, WI, United States"
        assert find_places("Lyon").exact
        assert not find_places("Lyon").suggestions
        assert find_places("") == PlaceAnswer()
        assert find_places("Zzzyx qqq", country="FR").suggestions == ()
    finally:
        use_online(None)


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("São Paulo", "sao paulo"),
        ("SAO-PAULO", "sao paulo"),
        ("Coeur d’Alene", "coeur dalene"),
        ("Cœur d'Alene", "coeur dalene"),
        ("St. Louis", "saint louis"),
        ("Straße", "strasse"),
        ("Łódź", "lodz"),
        ("Øster_bro", "oster bro"),
        ("☂", ""),
    ],
)
def test_spellings_of_one_name_fold_together(name: str, folded: str) -> None:
    assert fold(name) == folded


def test_names_are_sorted_so_that_they_can_be_looked_up() -> None:
    keys = load_names().keys
    assert all(first <= second for first, second in pairwise(keys))


def test_threads_that_reach_a_cold_process_read_the_file_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[Path] = []
    monkeypatch.setattr(storage, "_catalogue", lambda path: reads.append(path) or load_catalogue)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: storage.load_catalogue(DEFAULT_FILE), range(4)))
    assert reads == [DEFAULT_FILE] * 4
