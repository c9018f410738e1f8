"""Lots by the API: a donor's own program makes, moves and ends them; for everybody else there are none."""

from datetime import date
from typing import get_args

import pytest
import time_machine

from app.milk.api.models import LotIn, MoveIn
from app.milk.rules.keeping import HOME_HEAT, Kept
from tests.api.test_once import keyed
from tests.conftest import NOW

HOME = "/api/v1/lots"
LOT = {
    "pumped_from": "2026-11-01", "pumped_to": "2026-11-14", "kept": "freezer", "heat": "none",
    "bags": [{"count": 6, "size_ml": 120}, {"count": 2, "size_ml": 100}],
}  # fmt: skip
TWO = {"bags": [{"count": 2, "size_ml": 120}]}


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def place(api) -> str:
    """The address of a new lot of the donor's."""
    answer = api.post(HOME, json=LOT)
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"]


def left(program, place: str) -> dict[int, int]:
    return {each["size_ml"]: each["left"] for each in program.get(place).json["bags"]}


def test_a_new_lot_has_a_code_its_days_and_the_first_line_of_its_life(api, place):
    found = api.get(place).json
    assert (found["made_ml"], found["left_ml"], found["promised_ml"], found["not_given"]) == (920, 920, 0, None)
    assert (found["best_by"], found["use_by"], found["source"]) == ("2027-05-01", "2027-11-01", "CDC, United States")
    assert found["days_left"] == (date(2027, 11, 1) - NOW.date()).days
    assert [(each["kind"], each["volume_ml"]) for each in found["timeline"]] == [("created", 920)]
    assert "put down" in found["timeline"][0]["words"]
    assert found["clocks"][0]["source"] == "CDC, United States"
    assert api.post(HOME, json=LOT).json["code"] != found["code"]


@pytest.mark.parametrize(
    ("method", "operation", "body"),
    [
        ("GET", "", None), ("POST", "/move", {"kept": "deep_freezer"}), ("POST", "/thaw", TWO), ("POST", "/split", TWO),
        ("POST", "/discard", TWO),
    ],
)  # fmt: skip
def test_somebody_else_s_lot_is_not_there_and_stays_as_it_is(
    api, bearer, family, place, problem, method, operation, body
):
    before = api.get(place).json
    problem(bearer(family).open(f"{place}{operation}", method=method, json=body), 404, "not_found")
    assert api.get(place).json == before
    assert bearer(family).get(HOME).json == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"pumped_to": "2026-11-30"}, "#/pumped_to"),
        ({"pumped_to": "2026-10-30"}, "#/pumped_to"),
        ({"pumped_from": "2024-01-01", "pumped_to": "2024-01-02"}, "#/pumped_from"),
        ({"pumped_from": "1 November"}, "#/pumped_from"),
        ({"kept": "cellar"}, "#/kept"),
        ({"heat": "bank_pasteurised"}, "#/heat"),
        ({"bags": []}, "#/bags"),
        ({"bags": [{"count": 1, "size_ml": 120}, {"count": 1, "size_ml": 2}]}, "#/bags/1/size_ml"),
        ({"bags": [{"count": 0, "size_ml": 120}]}, "#/bags/0/count"),
        ({"bags": [{"count": 200, "size_ml": 120}, {"count": 200, "size_ml": 100}]}, "#/bags/0/count"),
        ({"owner": "x"}, "#/owner"),
    ],
)
def test_what_cannot_be_a_lot_is_said_at_its_place(api, problem, changed, place):
    errors = problem(api.post(HOME, json={**LOT, **changed}), 422, "invalid")
    assert [each["pointer"] for each in errors] == [place]
    assert api.get(HOME).json["items"] == []


def test_a_key_makes_one_lot_and_takes_bags_out_once(api):
    first, second = (api.post(HOME, json=LOT, headers=keyed("k")) for _ in range(2))
    assert (first.json, second.headers["Idempotent-Replayed"]) == (second.json, "true")
    place = first.headers["Location"]
    for operation in ("discard", "thaw", "split"):
        taken = {"bags": [{"count": 1, "size_ml": 120}]}
        once, again = (api.post(f"{place}/{operation}", json=taken, headers=keyed(operation)) for _ in range(2))
        assert (once.status_code, once.json) == (201, again.json)
    assert left(api, place) == {100: 2, 120: 3}


def test_bags_that_thaw_become_a_lot_of_their_own_and_are_not_passed_on(api, place, problem):
    answer = api.post(f"{place}/thaw", json=TWO)
    thawed = api.get(answer.headers["Location"]).json
    assert (answer.status_code, thawed["made_ml"], thawed["thawed_on"]) == (201, 240, "2026-11-21")
    assert thawed["not_given"] == "thawed"
    whole = api.get(place).json
    assert [each["other_code"] for each in whole["timeline"]] == [None, thawed["code"]]
    problem(api.post(f"{answer.headers['Location']}/thaw", json=TWO), 409, "not_frozen")


def test_bags_split_off_have_a_code_of_their_own(api, place):
    answer = api.post(f"{place}/split", json={"bags": [{"count": 1, "size_ml": 120}] * 2})
    assert answer.json["code"] == api.get(answer.headers["Location"]).json["code"]
    assert left(api, answer.headers["Location"]) == {120: 2}
    assert left(api, place) == {100: 2, 120: 4}


@pytest.mark.parametrize("operation", ["thaw", "split", "discard"])
@pytest.mark.parametrize("bags", [{"count": 7, "size_ml": 120}, {"count": 1, "size_ml": 110}])
def test_bags_that_are_not_there_cannot_be_taken(api, place, problem, operation, bags):
    errors = problem(api.post(f"{place}/{operation}", json={"bags": [bags]}), 422, "invalid")
    assert [each["pointer"] for each in errors] == ["#/bags"]
    assert left(api, place) == {100: 2, 120: 6}


def test_milk_poured_away_is_gone(api, place):
    assert api.post(f"{place}/discard", json=TWO).headers["Location"] == place
    found = api.get(place).json
    assert (found["left_ml"], found["timeline"][-1]["kind"]) == (680, "discarded")


def test_milk_goes_from_one_freezer_to_another_and_never_back_to_a_fridge(api, place, problem):
    assert api.post(f"{place}/move", json={"kept": "deep_freezer"}).json["kept"] == "deep_freezer"
    problem(api.post(f"{place}/move", json={"kept": "fridge"}), 409)
    assert api.get(place).json["kept"] == "deep_freezer"


def test_the_list_is_oldest_first_and_comes_in_pages(api):
    days = ("2026-11-05", "2026-11-01", "2026-11-03")
    for day in days:
        api.post(HOME, json={**LOT, "pumped_from": day})
    first = api.get(f"{HOME}?limit=2").json
    second = api.get(f"{HOME}?limit=2&cursor={first['next']}").json
    assert [each["pumped_from"] for each in first["items"] + second["items"]] == sorted(days)
    assert second["next"] is None


def test_the_words_of_the_bodies_are_those_of_the_rules():
    for field in (LotIn.model_fields["kept"], MoveIn.model_fields["kept"]):
        assert set(get_args(field.annotation)) == set(Kept)
    assert set(get_args(LotIn.model_fields["heat"].annotation)) == set(HOME_HEAT)
