"""The session behind a live page: read once from the handshake's cookie, and the same for each event."""

import pytest
from flask import session
from flask.sessions import SecureCookieSessionInterface
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
