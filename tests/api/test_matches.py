"""Matches, yeses and invitations by a program: what the pages say, and never points or places finer than an area."""

import json
import re

import pytest
import time_machine

from app.accounts.services import withdraw_consent
from app.matching.services import run_round
from tests.api.test_posts import OFFER, POSTS, REQUEST
from tests.conftest import NOW

INTERESTS = "/api/v1/interests"
PROPOSALS = "/api/v1/proposals"


@pytest.fixture(autouse=True)
def today():
    """The clock shows the moment at which the tests play."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def programs(bearer, donor, family, stranger):
    """Everybody's program, by name."""
    return {"donor": bearer(donor), "family": bearer(family), "stranger": bearer(stranger)}


@pytest.fixture
def offer(programs) -> str:
    """The donor's live offer."""
    return programs["donor"].post(POSTS, json=OFFER).json["id"]


@pytest.fixture
def asked(programs) -> str:
    """The family's live request."""
    return programs["family"].post(POSTS, json=REQUEST).json["id"]


def yes(programs, offer, asked, **more):
    return programs["family"].post(INTERESTS, json={"offer_id": offer, "request_id": asked, "version": 2, **more})


def test_a_family_reads_what_fits_with_reasons_and_never_points(programs, offer, asked):
    found = programs["family"].get(f"{POSTS}/{asked}/matches").json
    [match] = found["items"]
    assert (match["post_id"], match["kind"], match["volume_ml"], match["said"]) == (offer, "offer", 3000, None)
    assert match["place"]["band"] == "same_area"
    assert {reason["code"] for reason in match["reasons"]} >= {"first_milk", "distance"}
    assert [each["attribute"] for each in match["meets"]] == ["dairy"]
    assert set(match["facts"]) == {"dairy"}
    assert not re.search(r"point|score|latitude|longitude|author", json.dumps(found))


def test_a_donor_reads_the_families_that_fit(programs, offer, asked):
    [match] = programs["donor"].get(f"{POSTS}/{offer}/matches").json["items"]
    assert (match["post_id"], match["need_ml_per_day"], match["days"]) == (asked, 600, 30)


def test_words_are_in_the_callers_units(programs, offer, asked):
    in_ounces = json.dumps(programs["family"].get(f"{POSTS}/{asked}/matches").json["items"][0]["reasons"])
    programs["family"].patch("/api/v1/me", json={"volume_unit": "ml", "distance_unit": "km"})
    in_millilitres = json.dumps(programs["family"].get(f"{POSTS}/{asked}/matches").json["items"][0]["reasons"])
    assert " oz" in in_ounces
    assert " ml" in in_millilitres
    assert " oz" not in in_millilitres


def test_nobody_reads_the_matches_of_somebody_elses_post(programs, offer, asked, problem):
    for post in (offer, asked):
        problem(programs["stranger"].get(f"{POSTS}/{post}/matches"), 404)
        problem(programs["stranger"].get(f"{POSTS}/{post}/matches/{offer}"), 404)


def test_with_an_immediate_allergy_nothing_is_proposed(programs, offer):
    allergic = programs["family"].post(POSTS, json={**REQUEST, "immediate_allergy": True}).json["id"]
    found = programs["family"].get(f"{POSTS}/{allergic}/matches").json
    assert (found["items"], found["only_search"]) == ([], True)


def test_the_disclosure_tells_a_family_that_fits_everything_stated(programs, offer, asked):
    seen = programs["family"].get(f"{POSTS}/{asked}/matches/{offer}").json
    assert set(seen["facts"]) == {"dairy", "alcohol"}
    assert (seen["role"], seen["version"], seen["against"], seen["full"], seen["interest"]) == (
        "family",
        2,
        [],
        False,
        None,
    )
    mirrored = programs["donor"].get(f"{POSTS}/{offer}/matches/{asked}").json
    assert (mirrored["role"], mirrored["other"]) == ("donor", "Fatima")


def test_a_yes_waits_in_line_and_is_chosen(programs, offer, asked):
    said = yes(programs, offer, asked, note="Hello! Call 916 555 0134")
    assert (said.status_code, said.json["state"]) == (201, "open")
    [mine] = programs["family"].get(INTERESTS).json["items"]
    assert (mine["role"], mine["by_me"], mine["origin"], mine["before"], mine["other"]) == (
        "family",
        True,
        "yes",
        0,
        "Dana",
    )
    [waiting] = programs["donor"].get(INTERESTS).json["items"]
    assert (waiting["role"], waiting["by_me"], waiting["id"], waiting["other"]) == (
        "donor",
        False,
        mine["id"],
        "Fatima",
    )
    assert "555" not in waiting["note"]
    assert programs["donor"].post(f"{INTERESTS}/{mine['id']}/accept").json["state"] == "accepted"
    assert programs["family"].get(INTERESTS).json["items"][0]["state"] == "accepted"


def test_an_invitation_is_taken_by_a_yes(programs, offer, asked):
    invited = programs["donor"].post(INTERESTS, json={"offer_id": offer, "request_id": asked})
    assert (invited.status_code, invited.json["state"]) == (201, "open")
    assert programs["family"].get(INTERESTS).json["items"][0]["origin"] == "invitation"
    assert yes(programs, offer, asked).json == {"id": invited.json["id"], "state": "accepted"}


def test_a_yes_names_the_version_that_was_read(programs, offer, asked, problem):
    body = {"offer_id": offer, "request_id": asked}
    assert [e["pointer"] for e in problem(programs["family"].post(INTERESTS, json=body), 422)] == ["#/version"]
    problem(programs["family"].post(INTERESTS, json={**body, "version": 1}), 409, "read_again")


@pytest.mark.parametrize("note", ["x" * 501, "20 $ an ounce"])
def test_a_note_that_cannot_be_sent_is_refused_at_its_field(programs, offer, asked, problem, note):
    answer = yes(programs, offer, asked, note=note)
    assert [e["pointer"] for e in problem(answer, 422)] == ["#/note"]


def test_a_stranger_speaks_for_nobody(programs, offer, asked, problem):
    for body in ({"version": 2}, {}):
        body |= {"offer_id": offer, "request_id": asked}
        problem(programs["stranger"].post(INTERESTS, json=body), 404)
    problem(programs["donor"].post(INTERESTS, json={"offer_id": asked, "request_id": offer, "version": 2}), 404)


def test_only_the_asked_one_answers_and_only_the_speaker_takes_back(programs, offer, asked, problem):
    said = yes(programs, offer, asked).json["id"]
    for who, steps in {
        "stranger": ("accept", "decline", "take-back"),
        "family": ("accept", "decline"),
        "donor": ("take-back",),
    }.items():
        for step in steps:
            problem(programs[who].post(f"{INTERESTS}/{said}/{step}"), 404)
    assert programs["family"].post(f"{INTERESTS}/{said}/take-back").json["state"] == "withdrawn"
    assert programs["stranger"].get(INTERESTS).json == {"items": [], "next": None, "waiting_behind": 0}


def test_a_no_is_for_good(programs, offer, asked, problem):
    said = yes(programs, offer, asked).json["id"]
    assert programs["donor"].post(f"{INTERESTS}/{said}/decline").json["state"] == "declined"
    problem(yes(programs, offer, asked), 409, "spent")
    assert programs["family"].get(f"{POSTS}/{asked}/matches").json["items"] == []


def test_a_family_that_blocked_somebody_never_meets_them(app, programs, offer, asked, donor, family, problem):
    from app.accounts import queries, services

    with app.app_context():
        services.block(family.identity, queries.person(donor.id).public_id, now=NOW)
    assert programs["family"].get(f"{POSTS}/{asked}/matches").json["items"] == []
    problem(programs["family"].get(f"{POSTS}/{asked}/matches/{offer}"), 404)
    problem(yes(programs, offer, asked), 404)


@pytest.mark.parametrize(
    ("purpose", "by"), [("health-share", "donor"), ("health-collect", "donor"), ("need-share", "family")]
)
def test_an_agreement_taken_back_holds_at_once_for_every_answer(
    app, programs, donor, family, offer, asked, purpose, by
):
    with app.app_context():
        run_round(now=NOW)
    family_reads = (f"{POSTS}/{asked}/matches", f"{POSTS}/{asked}/matches/{offer}", f"{POSTS}/{offer}", PROPOSALS)
    donor_reads = (f"{POSTS}/{offer}/matches", f"{POSTS}/{offer}/matches/{asked}", PROPOSALS)

    def told() -> str:
        answers = [programs["family"].get(path) for path in family_reads]
        answers += [programs["donor"].get(path) for path in donor_reads]
        assert {answer.status_code for answer in answers} == {200}
        return "".join(answer.text for answer in answers)

    shared = r'"avoids"|avoided_long_enough|no dairy|alcohol' if by == "donor" else r'"need"|need is great'
    assert re.search(shared, told())
    with app.app_context():
        withdraw_consent({"donor": donor, "family": family}[by].identity, purpose, now=NOW)
    assert not re.search(shared, told())
