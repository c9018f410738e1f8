"""Posts by a program: the form's checks at the API's fields, versions, and what others may read."""

import pytest
import time_machine

from tests.conftest import NOW

POSTS = "/api/v1/posts"
OFFER = {
    "kind": "offer", "supply": "once", "volume_ml": 3000, "pumped_from": "2026-07-01", "pumped_to": "2026-10-01",
    "storage": "deep_freezer", "preference": "nearest", "travel_km": 25, "note": "Sixty flat bags.",
    "facts": {
        "dairy": {"state": "avoids", "since": "2026-03-12"},
        "alcohol": {"state": "uses", "level": "waits"},
    },
}  # fmt: skip
REQUEST = {
    "kind": "request", "need_ml_per_day": 600, "days": 30, "stock_ml": 500, "baby_age_band": "3_6", "travel_km": 40,
    "term_and_healthy": "yes", "wishes": {"dairy": {"strength": "must", "avoid_days": 14}},
}  # fmt: skip


@pytest.fixture(autouse=True)
def today():
    """The clock shows the moment at which the tests play."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def own(api) -> str:
    """The donor's live offer."""
    return api.post(POSTS, json=OFFER).json["id"]


@pytest.mark.parametrize("body", [OFFER, REQUEST])
def test_a_post_is_handed_in_and_read_back_as_it_was_said(api, body):
    made = api.post(POSTS, json=body)
    assert (made.status_code, made.json["state"], made.json["version"]) == (201, "live", 2)
    found = api.get(made.headers["Location"]).json
    part = found[body["kind"]]
    told = {name: value for name, value in body.items() if name not in {"facts", "wishes"}}
    assert {name: found.get(name, part.get(name)) for name in told} == told
    for name in ("facts", "wishes"):
        kept = {key: {k: v for k, v in each.items() if v is not None} for key, each in found[name].items()}
        assert kept == body.get(name, {})


def test_a_newcomers_post_waits_for_a_moderator(person, bearer):
    made = bearer(person("Nora", trust=0)).post(POSTS, json=OFFER)
    assert made.json["state"] == "in_review"


def test_without_a_place_there_is_no_post(person, bearer, problem):
    problem(bearer(person("Nora", area_id=None)).post(POSTS, json=OFFER), 409, "no_place")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"volume_ml": 100}, "#/volume_ml"),
        ({"volume_ml": None}, "#/volume_ml"),
        ({"supply": "weekly", "volume_ml": None, "weekly_ml": 99_999}, "#/weekly_ml"),
        ({"supply": "weekly", "weekly_ml": 900}, "#/volume_ml"),
        ({"supply": "once", "weekly_ml": 900}, "#/weekly_ml"),
        ({"supply": "monthly", "weekly_ml": 500}, "#/supply"),
        ({"storage": "thawed"}, "#/storage"),
        ({"smallest_handoff_ml": 0}, "#/smallest_handoff_ml"),
        ({"travel_km": 26}, "#/travel_km"),
        ({"ends_on": "2026-11-20"}, "#/ends_on"),
        ({"note": "x" * 2001}, "#/note"),
        ({"facts": {"dairy": {"state": "avoids", "since": "2030-01-01"}}}, "#/facts/dairy/since"),
        ({"facts": {"dairy": {"state": "maybe"}}}, "#/facts/dairy/state"),
        ({"facts": {"moon": {"state": "avoids"}}}, "#/facts"),
        ({"facts": {"dairy": {"since": "2026-01-01"}}}, "#/facts/dairy/state"),
        ({"volume_ml": "3000"}, "#/volume_ml"),
        ({"volume_ml": 3.5}, "#/volume_ml"),
        ({"after_loss": "yes"}, "#/after_loss"),
        ({"pumped_from": "July"}, "#/pumped_from"),
        ({"need_ml_per_day": 600}, "#/need_ml_per_day"),
        ({"points": 100}, "#/points"),
        ({"author_id": 2}, "#/author_id"),
        ({"state": "live"}, "#/state"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_nothing_is_written(api, problem, change, pointer):
    errors = problem(api.post(POSTS, json={**OFFER, **change}), 422, "invalid")
    assert {error["pointer"] for error in errors} == {pointer}
    assert api.get(POSTS).json["items"] == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"need_ml_per_day": 1}, "#/need_ml_per_day"),
        ({"stock_ml": -1}, "#/stock_ml"),
        ({"days": 0}, "#/days"),
        ({"wishes": {"dairy": {"strength": "must", "avoid_days": 5}}}, "#/wishes/dairy/avoid_days"),
        ({"term_and_healthy": "no"}, "#/bank_first"),
    ],
)
def test_a_request_is_checked_as_in_the_form(api, problem, change, pointer):
    errors = problem(api.post(POSTS, json={**REQUEST, **change}), 422)
    assert [error["pointer"] for error in errors] == [pointer]


def test_the_family_of_an_ill_baby_goes_on_once_the_words_about_milk_banks_were_shown(api, problem):
    made = api.post(POSTS, json={**REQUEST, "term_and_healthy": "no", "bank_first": True})
    assert made.status_code == 201


def test_health_facts_need_an_agreement_given_on_the_site(person, bearer, problem):
    silent = bearer(person("Nora", health=False))
    errors = problem(silent.post(POSTS, json=OFFER), 422)
    assert [error["pointer"] for error in errors] == ["#/facts"]
    assert [e["pointer"] for e in problem(silent.post(POSTS, json=REQUEST), 422)] == ["#/term_and_healthy"]
    assert silent.post(POSTS, json={**OFFER, "facts": {}}).status_code == 201


def test_others_read_a_live_post_without_what_is_its_authors_alone(api, bearer, family, own):
    reader = bearer(family)
    offer = reader.get(f"{POSTS}/{own}").json
    assert offer["mine"] is False
    assert set(offer["facts"]) == {"dairy"}
    assert offer["offer"]["preference"] is None
    assert (offer["created_at"], offer["updated_at"]) == (None, None)
    asked = reader.post(POSTS, json=REQUEST).json["id"]
    request = api.get(f"{POSTS}/{asked}").json["request"]
    private = ("stock_ml", "term_and_healthy", "immediate_allergy", "accepts_asks")
    assert [request[name] for name in private] == [None] * 4
    assert reader.get(f"{POSTS}/{asked}").json["request"]["stock_ml"] == 500


def test_somebody_elses_post_cannot_be_changed_and_a_paused_one_is_not_there(api, bearer, stranger, own, problem):
    other = bearer(stranger)
    for step in ("pause", "resume", "renew", "withdraw"):
        problem(other.post(f"{POSTS}/{own}/{step}"), 404)
    problem(other.patch(f"{POSTS}/{own}", json={"version": 2, "note": "mine now"}), 404)
    assert other.get(f"{POSTS}/{own}").status_code == 200
    assert other.get(POSTS).json["items"] == []
    api.post(f"{POSTS}/{own}/pause")
    problem(other.get(f"{POSTS}/{own}"), 404)


def test_a_post_goes_through_its_life(api, own, problem):
    steps = [("pause", "paused"), ("pause", "paused"), ("resume", "live"), ("renew", "live"), ("withdraw", "withdrawn")]
    for step, state in steps:
        assert api.post(f"{POSTS}/{own}/{step}").json["state"] == state
    problem(api.post(f"{POSTS}/{own}/resume"), 409)


def test_a_change_touches_only_what_it_names(api, own):
    before = api.get(f"{POSTS}/{own}").json
    after = api.patch(
        f"{POSTS}/{own}", json={"version": before["version"], "note": "Fifty bags.", "volume_ml": 2500}
    ).json
    assert (after["note"], after["offer"]["volume_ml"], after["version"]) == (
        "Fifty bags.",
        2500,
        before["version"] + 1,
    )
    for kept in ("facts", "travel_km", "ends_on"):
        assert after[kept] == before[kept]
    assert after["offer"] == {**before["offer"], "volume_ml": 2500}
    cleared = api.patch(f"{POSTS}/{own}", json={"version": after["version"], "facts": {}}).json
    assert cleared["facts"] == {}


def test_a_change_of_how_milk_is_given_takes_one_amount_along(api, own, problem):
    version = api.get(f"{POSTS}/{own}").json["version"]
    weekly = {"version": version, "supply": "weekly", "weekly_ml": 900, "pumped_from": None, "pumped_to": None}
    problem(api.patch(f"{POSTS}/{own}", json={"version": version, "weekly_ml": 900}), 422, "invalid")
    problem(api.patch(f"{POSTS}/{own}", json={**weekly, "volume_ml": 900}), 422, "invalid")
    after = api.patch(f"{POSTS}/{own}", json=weekly).json["offer"]
    assert (after["supply"], after["weekly_ml"], after["volume_ml"]) == ("weekly", 900, None)


def test_a_change_to_a_newer_version_is_refused_and_overwrites_nothing(api, own, problem):
    version = api.get(f"{POSTS}/{own}").json["version"]
    assert api.patch(f"{POSTS}/{own}", json={"version": version, "note": "first"}).status_code == 200
    problem(api.patch(f"{POSTS}/{own}", json={"version": version, "note": "second"}), 409, "stale")
    assert api.get(f"{POSTS}/{own}").json["note"] == "first"


def test_a_change_may_name_the_answer_it_was_made_from(api, own, problem):
    read = api.get(f"{POSTS}/{own}").headers["ETag"]
    assert api.get(f"{POSTS}/{own}").headers["ETag"] == read
    first = api.patch(f"{POSTS}/{own}", json={"note": "first"}, headers={"If-Match": read})
    assert (first.status_code, first.json["note"]) == (200, "first")
    for sent in (read, '"0"', "nothing", 'W/"x"', ""):
        problem(api.patch(f"{POSTS}/{own}", json={"note": "second"}, headers={"If-Match": sent}), 412)
    both = {"note": "second", "version": 1}
    problem(api.patch(f"{POSTS}/{own}", json=both, headers={"If-Match": first.headers["ETag"]}), 409, "stale")
    assert api.get(f"{POSTS}/{own}").json["note"] == "first"


def test_a_pause_is_a_change_too(api, own, problem):
    read = api.get(f"{POSTS}/{own}").headers["ETag"]
    api.post(f"{POSTS}/{own}/pause")
    problem(api.patch(f"{POSTS}/{own}", json={"note": "x"}, headers={"If-Match": read}), 412)


def test_a_change_without_version_and_tag_is_refused_at_the_version(api, own, problem):
    assert [e["pointer"] for e in problem(api.patch(f"{POSTS}/{own}", json={"note": "x"}), 422)] == ["#/version"]


def test_somebody_elses_post_stays_hidden_whatever_tag_is_sent(api, bearer, stranger, own, problem):
    tag = bearer(stranger).get(f"{POSTS}/{own}").headers["ETag"]
    problem(bearer(stranger).patch(f"{POSTS}/{own}", json={"note": "x"}, headers={"If-Match": tag}), 404)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"days": 3}, "#/days"),
        ({"bank_first": True}, "#/bank_first"),
        ({"kind": "request"}, "#/kind"),
        ({"supply": None}, "#/supply"),
        ({"volume_ml": None}, "#/volume_ml"),
    ],
)
def test_a_change_names_only_fields_of_its_kind(api, own, problem, change, pointer):
    errors = problem(api.patch(f"{POSTS}/{own}", json={"version": 2, **change}), 422)
    assert [error["pointer"] for error in errors] == [pointer]


def test_a_request_that_becomes_one_for_an_ill_baby_needs_the_words_about_milk_banks(api, problem):
    asked = api.post(POSTS, json=REQUEST).json
    change = {"version": asked["version"], "term_and_healthy": "no", "wishes": {}}
    assert [e["pointer"] for e in problem(api.patch(f"{POSTS}/{asked['id']}", json=change), 422)] == ["#/bank_first"]
    assert api.patch(f"{POSTS}/{asked['id']}", json={**change, "bank_first": True}).json["wishes"] == {}


def test_an_unfinished_draft_is_finished_on_the_site(app, api, donor, problem):
    from app.posts import services

    with app.app_context():
        draft = services.save_typed(donor.identity, "offer", {"note": ["later"]}, submit_token="t", now=NOW)
    problem(api.patch(f"{POSTS}/{draft}", json={"version": 1, "note": "now"}), 409, "not_finished")
    assert api.get(f"{POSTS}/{draft}").json["offer"] is None


def test_pages_of_a_list_hold_every_entry_once(api, problem):
    made = [api.post(POSTS, json={**OFFER, "note": f"{n} bags"}).json["id"] for n in range(5)]
    seen, cursor = [], ""
    while cursor is not None:
        page = api.get(POSTS, query_string={"limit": 2, **({"cursor": cursor} if cursor else {})}).json
        seen += [each["id"] for each in page["items"]]
        cursor = page["next"]
    assert seen == list(reversed(made))


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=x", "cursor=!", "cursor=MTpnb25l", "cursor=Mjpnb25l", "page=2", "limit=1&limit=2"],
)
def test_a_query_that_makes_no_sense_is_refused_with_its_parameter(api, problem, query):
    errors = problem(api.get(f"{POSTS}?{query}"), 422)
    assert [error["parameter"] for error in errors] == [query.split("=")[0]]
