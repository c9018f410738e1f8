"""Withdrawals by the API: a donor withdraws her own milk, sees numbers, and nobody else learns of it here."""

from typing import get_args

import pytest
import time_machine

from app.milk.api.withdrawal_models import WithdrawalIn
from app.milk.rules.withdrawals import OpenedAs, Reason, Scope
from app.milk.services import withdrawals
from tests.api.test_once import keyed
from tests.conftest import NOW
from tests.milk.factories import handed

HOME = "/api/v1/withdrawals"
INFECTION = {"reason": "infection", "first": "2026-11-03", "last": "2026-11-05"}


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def given(app, donor, family) -> str:
    """A litre of the donor's of which the family received 200 ml; the lot's public id."""
    with app.app_context():
        return handed(donor, family)


def test_its_reach_is_seen_before_and_nothing_is_done_by_looking(api, given):
    found = api.post(f"{HOME}/reach", json=INFECTION).json
    assert (found["families"], found["given_ml"], found["left_ml"]) == (1, 200, 800)
    (reached,) = found["lots"]
    assert reached["code"] == api.get(f"/api/v1/lots/{given}").json["code"]
    assert api.get(HOME).json["items"] == []
    assert api.get(f"/api/v1/lots/{given}").json["not_given"] is None


def test_withdrawn_milk_is_held_at_once_and_the_numbers_tell_how_it_stands(api, given):
    answer = api.post(HOME, json=INFECTION)
    assert (answer.status_code, answer.json["state"]) == (201, "telling")
    assert api.get(f"/api/v1/lots/{given}").json["not_given"] == "withdrawn"
    found = api.get(answer.headers["Location"]).json
    assert (found["reason"], found["opened_as"], found["lots"]) == ("infection", "donor", 1)
    assert (found["first"], found["last"]) == ("2026-10-31", "2026-11-05")
    assert [each["id"] for each in api.get(HOME).json["items"]] == [answer.json["id"]]


def test_a_key_withdraws_once_and_without_one_the_second_has_nothing_left(api, given, problem):
    first, second = (api.post(HOME, json=INFECTION, headers=keyed("k")) for _ in range(2))
    assert (first.json, second.headers["Idempotent-Replayed"]) == (second.json, "true")
    problem(api.post(HOME, json=INFECTION), 409, "nothing_to_withdraw")
    assert len(api.get(HOME).json["items"]) == 1


def test_to_the_family_and_to_strangers_it_does_not_exist(api, bearer, family, stranger, given, problem):
    place = api.post(HOME, json=INFECTION).headers["Location"]
    for other in (family, stranger):
        program = bearer(other)
        problem(program.get(place), 404, "not_found")
        assert program.get(HOME).json == {"items": [], "next": None}
        problem(program.post(HOME, json=INFECTION), 409, "nothing_to_withdraw")


def test_somebody_else_s_lot_is_not_withdrawn(api, bearer, stranger, given, problem):
    named = {"reason": "storage", "lots": [given]}
    problem(bearer(stranger).post(HOME, json=named), 409, "nothing_to_withdraw")
    assert api.get(f"/api/v1/lots/{given}").json["not_given"] is None
    assert api.post(HOME, json=named).status_code == 201


def test_why_the_team_began_one_is_not_told_here(app, api, donor, given):
    with app.app_context():
        withdrawals.open_withdrawal(
            donor.id, Reason.POSITIVE_TEST, opened_as=OpenedAs.MODERATOR, opened_by_id=None,
            scope=Scope(lot_public_ids=(given,)), now=NOW,
        )  # fmt: skip
    (found,) = api.get(HOME).json["items"]
    assert (found["opened_as"], found["reason"]) == ("moderator", None)


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        ({"reason": "hiv"}, "#/reason"),
        ({"reason": "infection"}, "#/first"),
        ({"reason": "substance", "first": "2026-12-01"}, "#/first"),
        ({"reason": "substance", "first": "2026-11-03", "last": "2026-11-01"}, "#/last"),
        ({"reason": "positive_test", "negative": "2026-12-01"}, "#/negative"),
        ({"reason": "substance", "first": "2026-11-03", "washout": 91}, "#/washout"),
        ({"reason": "storage"}, "#/lots"),
        ({**INFECTION, "why": "fever"}, "#/why"),
    ],
)
@pytest.mark.parametrize("path", [HOME, f"{HOME}/reach"])
def test_what_cannot_be_worked_out_is_said_at_its_place(api, given, problem, sent, place, path):
    errors = problem(api.post(path, json=sent), 422, "invalid")
    assert [each["pointer"] for each in errors] == [place]
    assert api.get(HOME).json["items"] == []


def test_the_words_of_the_body_are_those_of_the_rules():
    assert set(get_args(WithdrawalIn.model_fields["reason"].annotation)) == set(Reason)
