"""Handoffs by the API: the two plan, meet and count; everybody else finds nothing."""

from typing import get_args

import pytest
import time_machine

from app.handoffs import queries
from app.handoffs.api.models import AmountIn, CancelIn, MissedIn
from app.handoffs.rules.absences import Said
from app.handoffs.rules.amounts import Condition
from app.handoffs.rules.states import CancelReason
from tests.api.test_once import keyed
from tests.conftest import NOW
from tests.handoffs.factories import DAY, END, HOUR, START, talk

HOME = "/api/v1/handoffs"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def pair(app, donor, family):
    """Donor and family in conversation about a litre of milk."""
    with app.app_context():
        return talk(donor, family)


@pytest.fixture
def theirs(bearer, family):
    """The family's own program."""
    return bearer(family)


@pytest.fixture
def a_stranger(bearer, stranger):
    return bearer(stranger)


def window(start=START, end=END) -> dict[str, str]:
    return {"starts_at": start.isoformat(), "ends_at": end.isoformat()}


def plan(*windows, volume_ml: int = 600, **more) -> dict:
    return {"volume_ml": volume_ml, "windows": list(windows) or [window()], **more}


@pytest.fixture
def proposed(theirs, pair) -> str:
    """The address of the family's proposal."""
    answer = theirs.post(HOME, json=plan(conversation_id=pair.public_id))
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"]


@pytest.fixture
def agreed(api, proposed) -> str:
    """The same after the donor agreed."""
    assert api.post(f"{proposed}/agree", json={}).json["state"] == "agreed"
    return proposed


def test_each_of_the_two_sees_a_proposal_from_her_own_side(api, theirs, pair, proposed):
    his, hers = (one.get(proposed).json for one in (theirs, api))
    assert (his["role"], his["other"], his["proposed_by_me"], his["next"]) == (
        "family", "Dana", True, "wait_for_answer",
    )  # fmt: skip
    assert (hers["role"], hers["proposed_by_me"], hers["next"]) == ("donor", False, "answer")
    assert (his["may"], hers["may"]) == (["counter", "cancel"], ["agree", "decline", "counter", "cancel"])
    assert (hers["volume_ml"], hers["free_ml"], hers["conversation_id"]) == (600, 1000, pair.public_id)
    assert hers["mine"]["code"] is None


@pytest.mark.parametrize(
    ("method", "operation", "body"),
    [
        ("GET", "", None), ("POST", "/agree", {}), ("POST", "/decline", None), ("POST", "/cancel", {}),
        ("POST", "/counter", plan()), ("POST", "/on-the-way", None), ("POST", "/late", {"minutes": 10}),
        ("POST", "/code", {"code": "123456"}), ("POST", "/amounts", {"amount_ml": 100}),
        ("POST", "/missed", {"said": "was_there"}),
        ("POST", "/met-after-all", None),
        ("POST", "/not-met", None),
        ("PUT", "/place", {"place": "Library"}), ("PUT", "/delegate", {"name": "Sam"}), ("GET", "/lots", None),
        ("PUT", "/lots", {"bags": [{"lot_id": "x", "size_ml": 100, "count": 1}]}),
        ("POST", "/lots/accept", {"seen": ""}),
    ],
)  # fmt: skip
def test_for_a_stranger_there_is_no_handoff(a_stranger, agreed, problem, method, operation, body):
    problem(a_stranger.open(f"{agreed}{operation}", method=method, json=body), 404, "not_found")


def test_a_stranger_finds_no_conversation_to_plan_in(a_stranger, pair, problem):
    problem(a_stranger.post(HOME, json=plan(conversation_id=pair.public_id)), 404, "not_found")
    assert a_stranger.get(HOME).json == {"items": [], "next": None}


def test_who_proposed_cannot_agree_and_the_other_can(api, theirs, proposed, problem):
    problem(theirs.post(f"{proposed}/agree", json={}), 403, "forbidden")
    problem(theirs.post(f"{proposed}/decline"), 403, "forbidden")
    agreed = api.post(f"{proposed}/agree", json={})
    assert (agreed.status_code, agreed.json["state"], agreed.json["free_ml"]) == (200, "agreed", 400)
    assert api.post(f"{proposed}/agree", json={}).json["state"] == "agreed"


def test_the_other_chooses_one_of_the_windows(api, theirs, pair, problem):
    other = window(START + DAY, END + DAY)
    made = theirs.post(HOME, json=plan(window(), other, conversation_id=pair.public_id)).headers["Location"]
    assert [each["number"] for each in api.get(made).json["windows"]] == [0, 1]
    problem(api.post(f"{made}/agree", json={"window": 2}), 409, "no_such_window")
    problem(api.post(f"{made}/agree", json={"window": 3}), 422, "invalid")
    found = api.post(f"{made}/agree", json={"window": 1}).json
    assert (found["starts_at"], len(found["windows"])) == ((START + DAY).isoformat().replace("+00:00", "Z"), 1)


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"volume_ml": 1100}, "#/volume_ml"),
        ({"volume_ml": 0}, "#/volume_ml"),
        ({"windows": []}, "#/windows"),
        ({"windows": [window(NOW - HOUR, NOW + HOUR)]}, "#/windows/0/starts_at"),
        ({"windows": [window(START + 90 * DAY, END + 90 * DAY)]}, "#/windows/0/starts_at"),
        ({"windows": [window(), window(END, START)]}, "#/windows/1/ends_at"),
        ({"windows": [window(), window(START, START + 13 * HOUR)]}, "#/windows/1/ends_at"),
        ({"windows": [{"starts_at": "2026-11-28T16:00:00", "ends_at": END.isoformat()}]}, "#/windows/0/starts_at"),
        (
            {"windows": [{"starts_at": START.isoformat(), "ends_at": "9999-12-31T23:59:59-14:00"}]},
            "#/windows/0/ends_at",
        ),
        ({"window": 1}, "#/window"),
    ],
)  # fmt: skip
def test_what_cannot_be_proposed_is_said_at_its_place(theirs, pair, problem, changed, place):
    errors = problem(theirs.post(HOME, json=plan(conversation_id=pair.public_id) | changed), 422, "invalid")
    assert [each["pointer"] for each in errors] == [place]
    assert theirs.get(HOME).json["items"] == []


def test_a_key_makes_one_proposal_however_often_it_is_sent(theirs, pair, problem):
    first, second = (theirs.post(HOME, json=plan(conversation_id=pair.public_id), headers=keyed("k")) for _ in range(2))
    assert (first.json, second.headers["Idempotent-Replayed"]) == (second.json, "true")
    assert len(theirs.get(HOME).json["items"]) == 1
    again = theirs.post(HOME, json=plan(volume_ml=300, conversation_id=pair.public_id), headers=keyed("k"))
    problem(again, 422, "idempotency_key_reused")


def test_another_time_ends_the_first_proposal(api, theirs, proposed):
    answer = api.post(f"{proposed}/counter", json=plan(window(START + DAY, END + DAY), volume_ml=500))
    assert (answer.status_code, answer.json["state"]) == (201, "proposed")
    assert theirs.get(proposed).json["state"] == "declined"
    assert theirs.get(proposed).json["end_reason"] == "other_time"
    assert theirs.get(answer.headers["Location"]).json["next"] == "answer"


def test_what_was_declined_cannot_be_agreed_to(api, proposed, problem):
    assert api.post(f"{proposed}/decline").json["state"] == "declined"
    problem(api.post(f"{proposed}/agree", json={}), 409)


def test_who_comes_too_late_for_the_milk_hears_so_and_nothing_breaks(app, api, bearer, person, donor, pair, problem):
    others = [person(name) for name in ("Fay", "Gus")]
    with app.app_context():
        talks = [talk(donor, each, offer=pair.offer_public_id) for each in others]
    places = [
        bearer(each).post(HOME, json=plan(conversation_id=of.public_id)).headers["Location"]
        for each, of in zip(others, talks, strict=True)
    ]
    assert api.post(f"{places[0]}/agree", json={}).status_code == 200
    problem(api.post(f"{places[1]}/agree", json={}), 409)
    assert api.get(places[1]).json["state"] == "proposed"


def test_it_is_called_off_with_a_reason_and_its_milk_is_free_again(api, theirs, agreed, problem):
    problem(theirs.post(f"{agreed}/cancel", json={"reason": "mastitis"}), 422, "invalid")
    assert theirs.post(f"{agreed}/cancel", json={"reason": "cannot_travel"}).json["state"] == "cancelled"
    found = api.get(agreed).json
    assert (found["end_reason"], found["free_ml"], found["may"]) == ("cannot_travel", 1000, [])


def test_each_has_a_code_of_her_own_and_never_the_other_s(api, theirs, agreed):
    hers, his = api.get(agreed), theirs.get(agreed)
    assert hers.json["mine"]["code"] != his.json["mine"]["code"]
    assert (hers.json["others"]["code"], his.json["others"]["code"]) == (None, None)
    assert his.json["mine"]["code"] not in hers.text
    assert hers.json["mine"]["code"] not in his.text


def test_the_other_s_code_says_that_they_met_and_a_wrong_one_counts(api, theirs, agreed, problem):
    code = theirs.get(agreed).json["mine"]["code"]
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    problem(api.post(f"{agreed}/code", json={"code": "12"}), 422, "invalid")
    told = api.post(f"{agreed}/code", json={"code": wrong}).json
    assert (told["fits"], told["tries_left"], told["handoff"]["state"]) == (False, 4, "agreed")
    told = api.post(f"{agreed}/code", json={"code": f"{code[:3]} {code[3:]}"}).json
    assert (told["fits"], told["handoff"]["state"]) == (True, "met")


def test_after_five_wrong_codes_the_right_one_is_not_looked_at(api, theirs, agreed):
    code = theirs.get(agreed).json["mine"]["code"]
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    left = [api.post(f"{agreed}/code", json={"code": wrong}).json["tries_left"] for _ in range(5)]
    assert left == [4, 3, 2, 1, 0]
    assert api.post(f"{agreed}/code", json={"code": code}).json["fits"] is False
    assert api.get(agreed).json["tries_left"] == 0


def test_both_say_what_changed_hands_and_it_is_done(api, theirs, agreed, problem):
    assert api.post(f"{agreed}/amounts", json={"amount_ml": 590}).json["state"] == "met"
    errors = problem(theirs.post(f"{agreed}/amounts", json={"amount_ml": 590}), 422, "invalid")
    assert [each["pointer"] for each in errors] == ["#/condition"]
    done = theirs.post(f"{agreed}/amounts", json={"amount_ml": 590, "condition": "frozen"}).json
    assert (done["state"], done["condition"], done["others"]["amount_ml"]) == ("confirmed", "frozen", 590)
    problem(theirs.post(f"{agreed}/cancel", json={}), 409, "already_met")


def test_an_amount_that_cannot_be_is_said_at_its_place(api, agreed, problem):
    errors = problem(api.post(f"{agreed}/amounts", json={"amount_ml": 1001}), 422, "invalid")
    assert [each["pointer"] for each in errors] == ["#/amount_ml"]


def test_the_donor_chooses_the_bags_and_the_family_accepts_what_it_was_shown(api, theirs, agreed, problem):
    lot = api.get("/api/v1/lots").json["items"][0]
    size = lot["bags"][0]["size_ml"]
    shown = theirs.get(f"{agreed}/lots").json
    assert lot["code"] in {each["code"] for each in shown["items"]}
    assert (shown["may_choose"], shown["may_accept"], shown["accepted"]) == (False, True, False)
    bags = {"bags": [{"lot_id": lot["id"], "size_ml": size, "count": 3}]}
    problem(theirs.put(f"{agreed}/lots", json=bags), 404)
    chosen = api.put(f"{agreed}/lots", json=bags).json
    assert chosen["items"][0]["bags"] == [{"size_ml": size, "count": 3}]
    problem(api.post(f"{agreed}/lots/accept", json={"seen": chosen["seen"]}), 404)
    problem(theirs.post(f"{agreed}/lots/accept", json={"seen": "999999999999:1"}), 409)
    accepted = theirs.post(f"{agreed}/lots/accept", json={"seen": chosen["seen"]}).json
    assert (accepted["accepted"], accepted["may_accept"]) == (True, False)


def test_bags_that_were_promised_to_another_meeting_are_named_apart(api, theirs, agreed, problem):
    lot = api.get("/api/v1/lots").json["items"][0]
    named = {"lot_id": lot["id"], "size_ml": lot["bags"][0]["size_ml"], "count": 90}
    errors = problem(api.post(f"{agreed}/amounts", json={"amount_ml": 600, "from_others": [named]}), 422, "invalid")
    assert [each["pointer"] for each in errors] == ["#/from_others"]
    problem(api.post(f"{agreed}/amounts", json={"amount_ml": 600, "from_others": []}), 422, "invalid")
    kept = theirs.get(f"{agreed}/lots").json["items"][0]["bags"][0]
    given = [{"lot_id": lot["id"], "size_ml": kept["size_ml"], "count": 600 // kept["size_ml"]}]
    assert api.post(f"{agreed}/amounts", json={"amount_ml": 600, "from_others": given}).json["state"] == "met"


def test_a_donor_without_lots_says_of_which_days_the_milk_was(api, theirs, agreed, problem):
    api.post(f"{agreed}/cancel", json={})
    for lot in api.get("/api/v1/lots").json["items"]:
        everything = [{"count": each["left"], "size_ml": each["size_ml"]} for each in lot["bags"]]
        assert api.post(f"/api/v1/lots/{lot['id']}/discard", json={"bags": everything}).status_code == 201
    again = theirs.post(HOME, json=plan(conversation_id=api.get(agreed).json["conversation_id"])).headers["Location"]
    api.post(f"{again}/agree", json={})
    errors = problem(api.post(f"{again}/amounts", json={"amount_ml": 600}), 422, "invalid")
    assert [each["pointer"] for each in errors] == ["#/lot"]
    new = {"pumped_from": "2026-11-20", "pumped_to": "2026-11-10", "kept": "freezer"}
    errors = problem(api.post(f"{again}/amounts", json={"amount_ml": 600, "lot": new}), 422, "invalid")
    assert [each["pointer"] for each in errors] == ["#/lot/pumped_to"]
    new["pumped_to"] = "2026-11-20"
    assert api.post(f"{again}/amounts", json={"amount_ml": 600, "lot": new}).json["state"] == "met"


def test_late_and_on_the_way_are_said_in_the_hours_before(api, theirs, agreed, clock, problem):
    problem(api.post(f"{agreed}/on-the-way"), 409, "not_near")
    problem(api.post(f"{agreed}/late", json={"minutes": 10}), 409, "not_near")
    clock.move_to(START - HOUR)
    errors = problem(api.post(f"{agreed}/late", json={"minutes": 11}), 422, "invalid")
    assert [each["pointer"] for each in errors] == ["#/minutes"]
    assert api.post(f"{agreed}/late", json={"minutes": 10}).json["mine"]["late_minutes"] == 10
    assert api.post(f"{agreed}/on-the-way").json["state"] == "on_the_way"
    assert theirs.get(agreed).json["others"]["left_at"] is not None


def test_that_they_met_after_all_is_said_by_one_and_taken_back_by_the_other(api, theirs, agreed, clock, problem):
    def may(who):
        one = who.get(agreed).json["may"]
        assert next(each for each in who.get(HOME).json["items"] if each["id"] in agreed)["may"] == one
        return [each for each in one if each in {"met-after-all", "not-met"}]

    problem(api.post(f"{agreed}/met-after-all"), 409, "not_after_all")
    assert (may(api), may(theirs)) == ([], [])
    clock.move_to(END)
    assert api.post(f"{agreed}/missed", json={"said": "was_there"}).json["state"] == "missed"
    assert (may(api), may(theirs)) == (["met-after-all"], ["met-after-all"])
    assert theirs.post(f"{agreed}/met-after-all").json["state"] == "met"
    assert (may(api), may(theirs)) == (["not-met"], [])
    problem(theirs.post(f"{agreed}/not-met"), 409, "not_claimed")
    assert api.post(f"{agreed}/not-met").json["state"] == "missed"
    assert (may(api), may(theirs)) == (["met-after-all"], [])


def test_that_it_was_missed_is_said_once_the_window_is_over_by_each_for_herself(api, theirs, agreed, clock, problem):
    problem(api.post(f"{agreed}/missed", json={"said": "was_there"}), 409, "too_early")
    clock.move_to(END)
    problem(api.post(f"{agreed}/missed", json={"said": "they_never_come"}), 422, "invalid")
    assert "missed" in api.get(agreed).json["may"]
    assert api.post(f"{agreed}/missed", json={"said": "was_there"}).json["state"] == "missed"
    assert theirs.post(f"{agreed}/missed", json={"said": "not_there", "came_up": True}).json["state"] == "missed"


def test_the_place_and_who_comes_are_for_the_two_and_a_delegate_has_a_new_code(api, theirs, proposed, problem):
    problem(theirs.put(f"{proposed}/place", json={"place": "Library"}), 409, "not_agreed")
    problem(theirs.put(f"{proposed}/delegate", json={"name": "Sam"}), 409, "not_agreed")
    api.post(f"{proposed}/agree", json={})
    before = theirs.get(proposed).json["mine"]["code"]
    assert theirs.put(f"{proposed}/place", json={"place": "Library"}).json["place"] == "Library"
    his = theirs.put(f"{proposed}/delegate", json={"name": "Sam"}).json["mine"]
    hers = api.get(proposed).json
    assert (his["delegate"], his["code"] != before) == ("Sam", True)
    assert (hers["others"]["delegate"], hers["place"]) == ("Sam", "Library")
    errors = problem(api.put(f"{proposed}/place", json={"place": "x" * 301}), 422, "invalid")
    assert [each["pointer"] for each in errors] == ["#/place"]
    errors = problem(api.put(f"{proposed}/delegate", json={"name": "x" * 61}), 422, "invalid")
    assert [each["pointer"] for each in errors] == ["#/name"]


def test_the_list_comes_in_pages_the_newest_first(api, theirs, pair, problem):
    made = [
        theirs.post(HOME, json=plan(volume_ml=100, conversation_id=pair.public_id)).json["id"] for _ in range(3)
    ]  # fmt: skip
    first = theirs.get(f"{HOME}?limit=2").json
    api.post(f"{HOME}/{made[2]}/decline")
    second = theirs.get(f"{HOME}?limit=2&cursor={first['next']}").json
    assert [each["id"] for each in first["items"] + second["items"]] == made[::-1]
    assert second["next"] is None
    problem(theirs.get(f"{HOME}?cursor=MTp4"), 422, "invalid")


def test_the_words_of_the_bodies_are_those_of_the_rules(app, family, pair):
    assert set(get_args(MissedIn.model_fields["said"].annotation)) == set(Said)
    assert set(get_args(CancelIn.model_fields["reason"].annotation)) == set(CancelReason)
    named = {name for part in get_args(AmountIn.model_fields["condition"].annotation) for name in get_args(part)}
    assert named == set(Condition)
    with app.app_context():
        assert queries.latest_handoffs(family.identity, before=None, limit=5, now=NOW) == ()
