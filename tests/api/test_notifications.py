"""Notices by the API: one's own inbox in pages, the count, and how one is reached."""

import pytest
import time_machine

from app.accounts import services as accounts
from app.infra.transaction import transaction
from app.notifications.services import notify
from tests.conftest import NOW
from tests.notifications.conftest import Browser

HOME = "/api/v1/notifications"
WAYS = [
    ("GET", "", None), ("GET", "/unread", None), ("POST", "/read", None), ("GET", "/preferences", None),
    ("GET", "/devices", None), ("POST", "/devices", {}), ("PUT", "/preferences", {}), ("POST", "/x/read", None),
    ("DELETE", "/devices/x", None),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def leave(app):
    """Leave a notice for somebody."""

    def make(who, item, kind="interest_received", **more):
        with app.app_context(), transaction():
            notify(who.id, kind, item=item, path="/me", now=NOW, **more)

    return make


@pytest.fixture
def agreed(app, donor):
    """The donor has agreed on the site that news goes through a push service."""
    with app.app_context():
        accounts.give_consent(donor.identity, "notifications", text_version="1", text_hash="0", language="en", now=NOW)


def test_the_inbox_comes_in_pages_by_a_cursor_that_tells_no_number(api, donor, leave):
    for item in "abc":
        leave(donor, item)
    first = api.get(f"{HOME}?limit=2").json
    leave(donor, "d")
    second = api.get(f"{HOME}?limit=2&cursor={first['next']}").json
    assert (len(first["items"]), len(second["items"]), second["next"]) == (2, 1, None)
    assert len({each["id"] for each in first["items"] + second["items"]}) == 3
    assert (first["unread"], second["unread"]) == (3, 4)


def test_a_notice_says_what_and_where_in_its_readers_words(api, donor, leave):
    leave(donor, "a", params={"name": "Bea"}, urgent=True)
    (notice,) = api.get(HOME).json["items"]
    assert (notice["words"], notice["path"], notice["about"]) == ("Bea said yes to your milk.", "/me", "answers")
    assert (notice["urgent"], notice["read_at"], notice["kind"]) == (True, None, "interest_received")


def test_the_list_keeps_the_unread_or_one_group(api, donor, leave):
    leave(donor, "a")
    leave(donor, "b", kind="matches_new")
    (seen,) = api.get(f"{HOME}?about=matches").json["items"]
    assert seen["kind"] == "matches_new"
    assert api.post(f"{HOME}/{seen['id']}/read").json["read_at"]
    (left,) = api.get(f"{HOME}?unread=true").json["items"]
    assert left["kind"] == "interest_received"


@pytest.mark.parametrize(
    ("query", "name"), [("cursor=x", "cursor"), ("about=x", "about"), ("unread=1", "unread"), ("limit=0", "limit")]
)
def test_what_cannot_be_asked_is_refused_at_its_parameter(api, problem, query, name):
    assert [each["parameter"] for each in problem(api.get(f"{HOME}?{query}"), 422)] == [name]


def test_a_cursor_of_somebody_else_leads_nowhere(api, bearer, donor, family, leave, problem):
    for item in "ab":
        leave(donor, item)
    cursor = api.get(f"{HOME}?limit=1").json["next"]
    problem(bearer(family).get(f"{HOME}?cursor={cursor}"), 422, "invalid")


def test_reading_one_twice_is_once_and_reading_all_leaves_none(api, donor, leave):
    for item in "abc":
        leave(donor, item)
    one = api.get(HOME).json["items"][0]["id"]
    assert [api.post(f"{HOME}/{one}/read").status_code for _ in range(2)] == [200, 200]
    assert api.get(f"{HOME}/unread").json == {"unread": 2}
    assert api.post(f"{HOME}/read").json == {"unread": 0}


def test_anothers_notices_are_not_there(api, bearer, donor, family, leave, problem):
    leave(donor, "a")
    theirs = bearer(family)
    assert theirs.get(HOME).json["items"] == []
    problem(theirs.post(f"{HOME}/{api.get(HOME).json['items'][0]['id']}/read"), 404)
    theirs.post(f"{HOME}/read")
    assert api.get(f"{HOME}/unread").json == {"unread": 1}


@pytest.mark.parametrize(("method", "path", "body"), WAYS)
def test_without_a_token_nothing_opens(app, problem, method, path, body):
    problem(app.test_client().open(f"{HOME}{path}", method=method, json=body), 401)


def test_the_preferences_are_sent_back_as_they_were_read(api):
    held = api.get(f"{HOME}/preferences").json
    assert (held["quiet"], held["choices"]["matches"]["mail"]) == ({"start": 22, "end": 7}, "digest")
    assert api.put(f"{HOME}/preferences", json=held).json == held
    held["quiet"], held["digest_hour"], held["choices"]["posts"]["push"] = None, 6, "off"
    assert api.put(f"{HOME}/preferences", json=held).json == held
    assert api.get(f"{HOME}/preferences").json == held


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (("quiet", {"start": 7, "end": 7}), "#/quiet/end"),
        (("quiet", {"start": 24, "end": 7}), "#/quiet/start"),
        (("digest_hour", "6"), "#/digest_hour"),
        (("choices", {}), "#/choices/messages"),
        (("zone", "UTC"), "#/zone"),
    ],
)
def test_odd_preferences_are_refused_at_their_place_and_change_nothing(api, problem, change, pointer):
    held = api.get(f"{HOME}/preferences").json
    errors = problem(api.put(f"{HOME}/preferences", json={**held, change[0]: change[1]}), 422)
    assert pointer in [each["pointer"] for each in errors]
    assert api.get(f"{HOME}/preferences").json == held


def test_a_browser_is_added_only_after_its_owner_agreed(api, problem):
    problem(api.post(f"{HOME}/devices", json=Browser().given()), 409, "not_agreed")
    assert api.get(f"{HOME}/devices").json["items"] == []


@pytest.mark.usefixtures("agreed")
def test_a_browser_is_added_once_and_its_address_is_told_to_nobody(api):
    given = Browser().given()
    made = api.post(f"{HOME}/devices", json=given, headers={"Idempotency-Key": "k"})
    again = api.post(f"{HOME}/devices", json=given, headers={"Idempotency-Key": "k"})
    assert (made.status_code, again.json) == (201, made.json)
    listed = api.get(f"{HOME}/devices")
    assert [each["id"] for each in listed.json["items"]] == [made.json["id"]]
    assert "a-browser" not in listed.text


@pytest.mark.usefixtures("agreed")
def test_a_browser_is_forgotten_by_its_owner_alone(api, family, bearer, problem):
    made = api.post(f"{HOME}/devices", json=Browser().given()).json["id"]
    problem(bearer(family).delete(f"{HOME}/devices/{made}"), 404)
    assert api.delete(f"{HOME}/devices/{made}").status_code == 204
    problem(api.delete(f"{HOME}/devices/{made}"), 404)
    assert api.get(f"{HOME}/devices").json["items"] == []


@pytest.mark.usefixtures("agreed")
def test_an_address_of_no_push_service_is_refused_at_its_field(api, problem):
    errors = problem(api.post(f"{HOME}/devices", json=Browser("https://example.org/x").given()), 422)
    assert [each["pointer"] for each in errors] == ["#/endpoint"]
