"""The session behind a live page: read once from the handshake's cookie, and the same for each event."""

import pytest
from flask import request, session, url_for
from flask.sessions import SecureCookieSessionInterface
from werkzeug.exceptions import NotFound, SecurityError
from werkzeug.routing import MapAdapter
from werkzeug.test import create_environ

from app.web.live_session import PATH


@pytest.fixture
def checked(monkeypatch):
    """How often a cookie's signature was checked."""
    times = []
    plain = SecureCookieSessionInterface.open_session
    monkeypatch.setattr(
        SecureCookieSessionInterface,
        "open_session",
        lambda self, app, request: (times.append(1), plain(self, app, request))[1],
    )
    return times


def environ(app, path, **said):
    cookie = app.session_interface.get_signing_serializer(app).dumps(said)
    return create_environ(path, headers={"Cookie": f"{app.config['SESSION_COOKIE_NAME']}={cookie}"})


def test_events_of_a_socket_share_one_reading_of_the_cookie(app, checked):
    handshake = environ(app, PATH, _user_id="me", csrf_token="word")
    for _ in range(3):
        with app.request_context(handshake):
            assert dict(session) == {"_user_id": "me", "csrf_token": "word"}
    assert len(checked) == 1


def test_what_one_event_puts_in_the_session_the_next_does_not_find(app):
    handshake = environ(app, PATH, _user_id="me")
    with app.request_context(handshake):
        session["more"] = 1
        del session["_user_id"]
    with app.request_context(handshake):
        assert dict(session) == {"_user_id": "me"}
        assert not session.modified


def test_a_forged_cookie_says_nothing_at_any_event(app):
    handshake = create_environ(
        PATH, headers={"Cookie": f"{app.config['SESSION_COOKIE_NAME']}=eyJfdXNlcl9pZCI6Im1lIn0.a.b"}
    )
    for _ in range(2):
        with app.request_context(handshake):
            assert dict(session) == {}


def test_a_page_reads_its_cookie_at_each_request(app, checked):
    page = environ(app, "/", _user_id="me")
    for _ in range(2):
        with app.request_context(page):
            assert dict(session) == {"_user_id": "me"}
    assert len(checked) == 2


@pytest.fixture
def looked_up(monkeypatch):
    """How often the page at an address was looked for."""
    times = []
    match = MapAdapter.match
    monkeypatch.setattr(MapAdapter, "match", lambda *args, **more: (times.append(1), match(*args, **more))[1])
    return times


def test_no_event_of_a_socket_looks_for_the_page_at_its_address(app, looked_up):
    handshake = create_environ(PATH)
    for _ in range(3):
        with app.request_context(handshake):
            assert isinstance(request.routing_exception, NotFound)
            assert request.endpoint is None
    assert looked_up == []


def test_a_page_is_looked_for_at_each_request(app, looked_up):
    page = create_environ("/")
    for _ in range(2):
        with app.request_context(page):
            assert request.endpoint
    assert len(looked_up) == 2


def test_an_event_of_a_socket_makes_addresses_as_a_page_does(app):
    handshake = create_environ(PATH, base_url="http://localhost/below")
    page = create_environ("/", base_url="http://localhost/below")
    with app.request_context(page):
        wanted = [url_for("messaging.inbox"), url_for("messaging.inbox", _external=True)]
    for _ in range(2):
        with app.request_context(handshake):
            assert [url_for("messaging.inbox"), url_for("messaging.inbox", _external=True)] == wanted


def test_a_host_that_is_not_ours_is_refused_at_each_event(app, monkeypatch):
    monkeypatch.setitem(app.config, "TRUSTED_HOSTS", ["milk.example"])
    handshake = create_environ(PATH, base_url="https://other.example")
    for _ in range(2):
        with app.request_context(handshake):
            assert isinstance(request.routing_exception, SecurityError)
