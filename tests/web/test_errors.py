"""Every error has a plain page for people and a problem document for machines, and nothing half-told."""

from http import HTTPStatus

import pytest
from flask import abort
from sqlalchemy.exc import OperationalError

from app.factory import create_app
from app.kernel.access import Permission, anyone
from app.kernel.errors import Conflict, DomainError, Forbidden, Invalid, LimitReached, NotFound
from app.web.access import public, refuse_unmarked, requires
from app.web.errors import WORDS
from config import Settings

JSON = {"Accept": "application/json"}


@pytest.fixture
def failing(app, monkeypatch):
    """Let the health page raise; ``failing(error)``."""

    def make(error: BaseException | int) -> None:
        def view():
            if isinstance(error, int):
                abort(error)
            raise error

        monkeypatch.setitem(app.view_functions, "health.alive", view)

    return make


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotFound(), 404, "not_found"),
        (Forbidden(), 403, "forbidden"),
        (Conflict(code="milk_gone"), 409, "milk_gone"),
        (LimitReached(), 429, "limit_reached"),
        (DomainError("Not today."), 409, "refused"),
    ],
)
def test_a_refusal_is_told_to_people_and_to_machines(error, status, code, failing, client):
    failing(error)
    page, document = client.get("/healthz"), client.get("/healthz", headers=JSON)
    assert page.status_code == document.status_code == status
    assert str(error) in page.text
    assert document.mimetype == "application/problem+json"
    title = HTTPStatus(status).phrase
    assert document.json == {
        "type": "about:blank", "title": title, "status": status, "detail": str(error), "code": code,
    }  # fmt: skip


def test_a_machine_is_told_which_fields_are_wrong(failing, client):
    failing(Invalid({"volume": ["More than nothing, please."]}))
    answer = client.get("/healthz", headers=JSON)
    wrong = [{"parameter": "volume", "detail": "More than nothing, please."}]
    assert (answer.status_code, answer.json["errors"]) == (422, wrong)


def test_a_part_of_a_page_gets_a_part_as_answer(failing, client):
    failing(NotFound())
    part = client.get("/healthz", headers={"HX-Request": "true"}).text
    assert 'role="alert"' in part
    assert "<html" not in part


@pytest.mark.parametrize("status", sorted(set(WORDS) - {500}))
def test_every_status_has_words_of_its_own(status, failing, client):
    failing(status)
    answer = client.get("/healthz", headers=JSON)
    assert (answer.status_code, answer.json["detail"]) == (status, WORDS[status])


def test_a_status_without_words_gets_plain_ones(failing, client):
    failing(418)
    assert client.get("/healthz", headers=JSON).json["detail"] == WORDS[400]


def test_a_busy_database_asks_to_come_back(failing, client):
    failing(OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked")))
    answer = client.get("/healthz")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_what_nobody_foresaw_is_a_plain_page_that_tells_nothing(app, failing, client, monkeypatch):
    monkeypatch.setattr(app, "testing", False)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    for error in (ZeroDivisionError("the secret"), OperationalError("SELECT secret", {}, Exception("no such table"))):
        failing(error)
        answer = client.get("/healthz")
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert "Something broke on our side." in answer.text


def test_too_much_at_once_is_refused(client):
    answer = client.post("/login", data={"email": "x" * 70_000}, headers=JSON)
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")


@pytest.mark.parametrize("known", [False, True])
def test_a_password_that_is_too_long_to_be_hashed_is_refused_alike_whoever_types_it(client, donor, known):
    sent = {"email": donor.email if known else "nobody@example.org", "password": "x" * 5_000}
    answer = client.post("/login", data=sent, headers=JSON)
    assert (answer.status_code, answer.json["code"], answer.json["detail"]) == (413, "too_large", WORDS[413])


def test_a_wrong_method_is_refused(client):
    assert client.post("/healthz").status_code == 405


def test_a_foreign_host_name_is_refused(client):
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_an_address_under_api_is_answered_as_to_a_machine(client):
    assert client.get("/api/nothing").mimetype == "application/problem+json"


@pytest.fixture
def guarded(tmp_path):
    """The application as it is served: with tokens on its forms."""
    settings = Settings(instance_path=tmp_path, rate_limits=False, mail_backend="locmem")
    return create_app(settings)


def test_a_form_without_its_token_changes_nothing(guarded):
    client = guarded.test_client()
    for path in ("/login", "/register", "/moderation/cases/x/decide", "/messages/x", "/reports/x/block"):
        answer = client.post(path, data={"email": "dana@example.org", "password": "x"})
        assert answer.status_code == 400, path
        assert "This page was open for too long." in answer.text
    assert client.post("/login", headers=JSON).json["code"] in {"stale_form", "bad_request"}


def test_a_route_without_a_mark_stops_the_boot(guarded):
    guarded.add_url_rule("/open", "open", lambda: "x")
    with pytest.raises(RuntimeError, match="open"):
        refuse_unmarked(guarded)


def test_a_mark_says_who_may(app):
    permission = Permission("x.do", allows=anyone)
    assert requires(permission)(lambda: "x").milkbridge_access == "x.do"
    assert public(lambda: "x").milkbridge_access == "public"
