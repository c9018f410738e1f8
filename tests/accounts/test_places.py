"""The place picker: by typed text, without script, an area and nothing finer."""

import pytest

from app.accounts import queries
from app.geo.areas import AreaId
from app.infra.areas.storage import load_catalogue
from app.infra.gazetteer import find_places

SMALL = "Lenox, IA"


@pytest.fixture
def newcomer(person):
    return person("Nora", area_id=None)


def area_of(app, who) -> int | None:
    with app.app_context():
        return queries.person(who.id).area_id


def errors_of(page: str) -> str:
    return page.split('id="place-errors"')[1].split("</div>", maxsplit=1)[0]


@pytest.mark.parametrize("typed", ["95814", "Sacramento, CA", " sacramento ,  california "])
def test_an_exact_place_is_taken_at_once(app, sign_in, newcomer, typed):
    answer = sign_in(newcomer).post("/me/place", data={"place": typed})
    assert answer.headers["Location"] == "/start"
    assert area_of(app, newcomer) in load_catalogue()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "enter a town"),
        ("   ", "enter a town"),
        ("qqqqzzzzxx", "could not find this place"),
        ("x" * 121, "too long for a place"),
    ],
)
def test_an_unknown_place_is_a_field_error_and_keeps_what_was_typed(app, sign_in, newcomer, typed, words):
    answer = sign_in(newcomer).post("/me/place", data={"place": typed})
    assert answer.status_code == 422
    assert words in errors_of(answer.text)
    assert typed.strip() in answer.text
    assert area_of(app, newcomer) is None


def test_a_misspelt_place_is_offered_and_never_taken_silently(app, sign_in, newcomer):
    client = sign_in(newcomer)
    page = client.post("/me/place", data={"place": "Sacremento, CA"})
    assert page.status_code == 422
    assert "Did you mean" in page.text
    assert "Sacramento, CA" in page.text
    assert area_of(app, newcomer) is None
    with app.app_context():
        meant = find_places("Sacramento, CA").exact[0].area
    chosen = {"place": "Sacremento, CA", "area_for": "Sacremento, CA", "area": str(meant)}
    assert client.post("/me/place", data=chosen).status_code == 302
    assert area_of(app, newcomer) == meant


def test_a_name_of_many_places_asks_which(app, sign_in, newcomer):
    page = sign_in(newcomer).post("/me/place", data={"place": "Springfield"})
    assert page.status_code == 422
    assert "Which one is it?" in errors_of(page.text)
    assert page.text.count('type="radio"') > 1


@pytest.mark.parametrize("area", ["999999999", "-1", "abc", "9" * 30])
def test_an_area_that_does_not_exist_cannot_be_slipped_in(app, sign_in, newcomer, area):
    answer = sign_in(newcomer).post("/me/place", data={"place": "zzqqxx", "area_for": "zzqqxx", "area": area})
    assert answer.status_code == 422
    assert area_of(app, newcomer) is None


def test_a_ticked_place_does_not_count_after_the_text_was_changed(app, sign_in, newcomer):
    with app.app_context():
        lyon, davis = (find_places(name).exact[0].area for name in ("Lyon, France", "Davis, CA"))
    sign_in(newcomer).post("/me/place", data={"place": "Davis, CA", "area_for": "Lyon", "area": str(lyon)})
    assert area_of(app, newcomer) == davis


def test_members_of_a_small_area_are_told_and_may_choose_the_wider_region(app, sign_in, newcomer):
    with app.app_context():
        own = find_places(SMALL).exact[0].area
        catalogue = load_catalogue()
        assert catalogue.area(own).is_small, "the case needs an area under 1,000 households"
        wider = catalogue.wider(own)
    client = sign_in(newcomer)
    page = client.post("/me/place", data={"place": SMALL})
    assert page.status_code == 200
    assert "Few people live there" in page.text
    assert area_of(app, newcomer) is None
    again = {"place": SMALL, "area_for": SMALL, "area": str(own)}
    client.post("/me/place", data=again | {"size": "neither"})
    assert area_of(app, newcomer) is None
    client.post("/me/place", data=again | {"size": "wider"})
    assert area_of(app, newcomer) == wider
    client.post("/me/place", data=again | {"size": "own"})
    assert area_of(app, newcomer) == own


def test_the_fourth_change_is_refused_at_the_field(app, sign_in, donor):
    client = sign_in(donor)
    for town in ("Madison, WI", "Lyon, France", "Toronto, Canada"):
        assert client.post("/me/place", data={"place": town}).status_code == 302
    answer = client.post("/me/place", data={"place": "Davis, CA"})
    assert answer.status_code == 422
    assert "three times in thirty days" in errors_of(answer.text)


def test_the_picker_page_shows_the_place_of_now_and_no_coordinate(app, sign_in, donor):
    with app.app_context():
        name = load_catalogue().area(AreaId(1)).name
    page = sign_in(donor).get("/me/place").text
    assert name in page
    assert "latitude" not in page


def test_the_search_answers_a_fragment_or_json_without_coordinates(client):
    fragment = client.get("/places?place=Madison, WI")
    assert 'type="radio"' in fragment.text
    assert "<html" not in fragment.text
    found = client.get("/places?place=Madison, WI", headers={"Accept": "application/json"}).json
    assert found["exact"] is True
    assert set(found["candidates"][0]) == {"label", "area", "area_name"}


def test_the_search_finds_nothing_for_nothing(client):
    assert client.get("/places").text.strip() == ""
    assert client.get("/places", headers={"Accept": "application/json"}).json == {"exact": False, "candidates": []}


def test_a_browsers_time_zone_comes_with_the_place(app, sign_in, newcomer):
    sign_in(newcomer).post("/me/place", data={"place": "Madison, WI", "timezone": "America/Chicago"})
    with app.app_context():
        assert queries.person(newcomer.id).timezone == "America/Chicago"
