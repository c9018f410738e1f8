"""What a program sends is read strictly, and every refusal is a problem document that names what is wrong."""

import pytest
import time_machine

ME = "/api/v1/me"
JSON = "application/json"


def deep(levels: int) -> str:
    return '{"display_name":' + "[" * levels + "]" * levels + "}"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("", JSON, 400),
        ("{", JSON, 400),
        (b"\xff\xfe", JSON, 400),
        ('{"volume_unit":"ml","volume_unit":"oz"}', JSON, 400),
        ('{"display_name":NaN}', JSON, 400),
        ('{"display_name":"\\ud800"}', JSON, 400),
        ('{"display_name":' + "9" * 5000 + "}", JSON, 400),
        (deep(30), JSON, 400),
        (deep(30_000), JSON, 400),
        ("{}", "text/plain", 415),
        ("{}", "", 415),
        ("a=1", "application/x-www-form-urlencoded", 415),
        ('{"display_name":"' + "x" * 70_000 + '"}', JSON, 413),
        ("[]", JSON, 422),
        ("null", JSON, 422),
        ('{"display_name":1}', JSON, 422),
        ('{"nickname":"Ana"}', JSON, 422),
        ('{"email":"evil@example.org"}', JSON, 422),
        ('{"trust":2}', JSON, 422),
        ('{"volume_unit":"cups"}', JSON, 422),
        ('{"timezone":"Moon/Base"}', JSON, 422),
        ('{"display_name":"  "}', JSON, 422),
    ],
)
def test_what_is_no_sound_body_is_refused_and_changes_nothing(api, problem, body, kind, status):
    before = api.get(ME).json
    problem(api.patch(ME, data=body, content_type=kind), status)
    assert api.get(ME).json == before


def test_what_is_sent_and_known_is_changed_and_the_rest_stays(api):
    before = api.get(ME).json
    after = api.patch(ME, json={"display_name": "Dana K", "timezone": "America/Chicago"}).json
    assert after == {**before, "display_name": "Dana K", "timezone": "America/Chicago"}


def test_an_unknown_field_is_named_by_its_place(api, problem):
    errors = problem(api.patch(ME, json={"a/b": 1, "volume_unit": 3}), 422)
    assert {error["pointer"] for error in errors} == {"#/a~1b", "#/volume_unit"}


@pytest.mark.parametrize("accept", ["text/html", "image/*", "application/xml"])
def test_a_caller_that_takes_no_json_is_told_so(api, problem, accept):
    problem(api.get(ME, headers={"Accept": accept}), 406)


@pytest.mark.parametrize("accept", ["*/*", "application/*", "application/json", "application/problem+json", None])
def test_a_caller_that_takes_json_is_answered(api, accept):
    assert api.get(ME, headers={"Accept": accept} if accept else {}).mimetype == JSON


def test_a_wrong_method_names_the_right_ones(api, problem):
    answer = api.delete(ME)
    problem(answer, 405)
    assert {"GET", "PATCH"} <= set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v2/me", "/api/v1/posts/%00", "/api/v1/posts/" + "x" * 99])
def test_what_is_not_there_is_a_problem_document_too(api, problem, path):
    problem(api.get(path), 404)


@pytest.mark.parametrize("path", ["/api/v1//posts", "/api//v1/me", "/api/v1/posts//", "/api/v1/me/"])
def test_an_address_with_a_slash_too_many_leads_a_program_nowhere(api, problem, path):
    problem(api.get(path), 404, "not_found")


def test_what_nobody_foresaw_is_a_problem_document_that_tells_nothing(app, api, problem, monkeypatch):
    def broken():
        raise ZeroDivisionError("the secret")

    monkeypatch.setattr(app, "testing", False)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setitem(app.view_functions, "api_accounts.me", broken)
    answer = api.get(ME)
    problem(answer, 500)
    assert "secret" not in answer.text


def test_places_are_areas_alone_and_a_typed_coordinate_goes_nowhere(api):
    found = api.get("/api/v1/places", query_string={"q": "Sacramento, CA"}).json
    assert found["exact"] is True
    assert {tuple(each) for each in found["items"]} == {("area", "label")}
    assert "38.581571" not in api.get("/api/v1/places", query_string={"q": "38.581571, -121.494400"}).text


def test_answers_are_kept_by_no_cache(api):
    assert api.get(ME).headers["Cache-Control"] == "no-store"


def test_one_member_may_call_only_so_often_whatever_the_token(tmp_path, migrated):
    import shutil
    from datetime import UTC, datetime, timedelta

    from app.accounts.services import make_token
    from app.factory import create_app
    from config import Settings
    from tests.people import add_person

    shutil.copyfile(migrated, tmp_path / "milkbridge.sqlite")
    limited = create_app(Settings(instance_path=tmp_path, testing=True, mail_backend="locmem"))
    with limited.app_context():
        who = add_person("Dana")[3]
        secrets = [make_token(who, name, now=datetime.now(UTC)).secret for name in ("one", "two")]
        other = make_token(add_person("Dora")[3], "one", now=datetime.now(UTC)).secret
    client = limited.test_client()

    def ask(secret):
        return client.patch(ME, json={}, headers={"Authorization": f"Bearer {secret}"})

    answers = [ask(secrets[0]) for _ in range(61)]
    assert {answer.status_code for answer in answers[:60]} == {200}
    assert (answers[60].status_code, answers[60].mimetype) == (429, "application/problem+json")
    assert 1 <= int(answers[60].headers["Retry-After"]) <= 3600
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=59), tick=False):
        assert 1 <= int(ask(secrets[1]).headers["Retry-After"]) <= 61
    assert ask(secrets[1]).status_code == 429
    assert ask(other).status_code == 200
