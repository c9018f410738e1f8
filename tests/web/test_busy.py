"""Who sends something to a site that is too busy loses nothing of it, and sends it again by one tap."""

import re
from html import unescape
from io import BytesIO

import pytest
from flask import request
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.infra.transaction import transaction
from app.web.access import public
from app.web.busy import _own_address, page

FIELD = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
CONNECTIONS = PoolTimeoutError("QueuePool limit reached")


@pytest.fixture
def busy(app, monkeypatch):
    """Put a view that fails for want of time in the place of the one that agrees to a handoff."""

    def fail(before=lambda: None, error=None):
        def view(**_place):
            before()
            raise error or OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))

        for endpoint in ("handoffs.agree", "handoffs.show"):
            monkeypatch.setitem(app.view_functions, endpoint, public(view))

    return fail


def kept(page):
    """The fields that the button of a page sends, but its token."""
    found = [(unescape(name), unescape(value)) for name, value in FIELD.findall(page)]
    return [(name, value) for name, value in found if name != "csrf_token"]


@pytest.mark.parametrize("error", [None, CONNECTIONS], ids=["a lock", "a connection"])
def test_what_was_typed_is_on_the_page_and_goes_where_it_went(busy, client, error):
    busy(error=error)
    typed = [("note", 'a "b" <i> ä'), ("bags", "1"), ("bags", "2"), ("submit_token", "own")]
    answer = client.post("/handoffs/abc/agree?window=1", data={"csrf_token": "old", **_lists(typed)})
    assert (answer.status_code, answer.headers["Retry-After"], answer.headers["Cache-Control"]) == (
        503,
        "5",
        "no-store",
    )
    assert kept(answer.text) == typed
    assert '<form class="mt-6" method="post" action="/handoffs/abc/agree?window=1">' in answer.text
    assert answer.text.count('name="csrf_token"') == 1
    assert "Send it again" in answer.text


def test_nothing_is_sent_by_itself(busy, client):
    busy()
    answer = client.post("/handoffs/abc/agree", data={"note": "a"})
    assert "<script" not in answer.text
    assert "http-equiv" not in answer.text
    assert "Refresh" not in answer.headers


@pytest.mark.parametrize(
    "sent",
    [{"new_password": "a secret of mine"}, {"file": (BytesIO(b"x"), "x.png")}],
    ids=["a password", "a file"],
)
def test_a_password_and_a_file_are_on_no_page(busy, client, sent):
    busy()
    answer = client.post("/handoffs/abc/agree", data={"note": "a", **sent})
    assert answer.status_code == 503
    assert "Send it again" not in answer.text
    assert "a secret of mine" not in answer.text
    assert "what you typed is still there" in answer.text


def test_what_was_done_in_part_is_not_offered_once_more(busy, client):
    def commit():
        with transaction():
            pass

    busy(before=commit)
    assert "Send it again" not in client.post("/handoffs/abc/agree", data={"note": "a"}).text


def test_a_page_that_was_only_read_is_asked_for_again_by_a_link(busy, client):
    busy()
    answer = client.get("/handoffs/abc")
    assert '<a class="btn btn-primary" href="/handoffs/abc">' in answer.text
    assert "<form" not in answer.text


def test_an_address_that_looks_like_another_sites_stays_here(app):
    with app.test_request_context("/x", environ_overrides={"PATH_INFO": "//elsewhere.example/x"}):
        assert 'href="/elsewhere.example/x"' in page().get_data(as_text=True)


def test_a_part_of_a_page_and_a_program_get_their_own_kind_of_answer(busy, client):
    busy()
    part = client.post("/handoffs/abc/agree", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["Retry-After"]) == (503, "5")
    assert "<html" not in part.text
    program = client.post("/handoffs/abc/agree", headers={"Accept": "application/json"})
    assert (program.status_code, program.json["code"], program.headers["Retry-After"]) == (503, "busy", "5")


def test_where_not_even_a_language_can_be_found_out_the_words_come_alone(busy, client, monkeypatch):
    def no_connection():
        raise CONNECTIONS

    busy()
    monkeypatch.setattr("app.web.busy.get_locale", no_connection)
    answer = client.post("/handoffs/abc/agree", data={"note": "a"})
    assert (answer.status_code, answer.mimetype) == (503, "text/plain")
    assert "very busy" in answer.text


def _lists(pairs):
    """As the client sends several values of one name."""
    found = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "http://sub.localhost", "null"])
def test_what_another_sites_page_sent_is_not_offered_under_a_token_of_ours(busy, client, origin):
    busy()
    theirs = client.post("/handoffs/abc/agree", data={"note": "theirs"}, headers={"Origin": origin})
    assert theirs.status_code == 503
    assert "theirs" not in theirs.text
    assert 'name="csrf_token"' not in theirs.text
    ours = client.post("/handoffs/abc/agree", data={"note": "ours"}, headers={"Origin": "http://localhost"})
    assert kept(ours.text) == [("note", "ours")]


@pytest.mark.parametrize("path", ["/\\elsewhere.example/a", "//elsewhere.example/a", "/\\/elsewhere.example/a"])
def test_the_address_to_try_again_is_never_another_sites(app, path):
    with app.test_request_context("/"):
        request.environ["PATH_INFO"] = request.path = path
        assert _own_address() == "/elsewhere.example/a"


@pytest.mark.parametrize(
    "headers",
    [{}, {"HX-Request": "true"}, {"Accept": "application/json"}],
    ids=["a page", "a part", "a program"],
)
def test_whoever_has_no_connection_left_is_answered_without_one(busy, client, monkeypatch, headers):
    """Not even who is signed in can be found out."""

    def no_connection(*_words):
        raise CONNECTIONS

    busy()
    monkeypatch.setattr("flask_login.utils._get_user", no_connection)
    monkeypatch.setattr("app.web.busy.get_locale", no_connection)
    monkeypatch.setattr("app.web.busy._", no_connection)
    answer = client.post("/handoffs/abc/agree", data={"note": "a"}, headers=headers)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "very busy" in answer.text


def test_whoever_chose_the_night_is_not_dazzled(busy, client):
    busy()
    assert 'data-theme="milk-night"' not in client.get("/handoffs/abc").text
    client.set_cookie("theme", "dark")
    assert 'data-theme="milk-night"' in client.get("/handoffs/abc").text
