"""A request that the database undid for another's sake begins again as it came, behind the same guards."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from flask import Flask, flash, g, get_flashed_messages, session
from flask_login import current_user
from flask_wtf.csrf import generate_csrf, validate_csrf
from sqlalchemy.exc import OperationalError

from app.web.access import public
from app.web.login import be


@pytest.fixture
def deadlock() -> Callable[[], None]:
    """Raise a deadlock the first time it is called, and never again."""
    first = [True]

    def once() -> None:
        if first:
            first.clear()
            raise OperationalError("UPDATE", {}, SimpleNamespace(sqlstate="40P01"))

    return once


@pytest.fixture
def view(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Put a view in the place of the health page."""
    return lambda found: monkeypatch.setitem(app.view_functions, "health.alive", public(found))


def test_a_deadlock_before_the_view_leaves_out_no_guard(app, donor, stranger, sign_in, bearer, deadlock, monkeypatch):
    find = app.extensions["milkbridge_token_loader"]
    monkeypatch.setitem(app.extensions, "milkbridge_token_loader", lambda token: (deadlock(), find(token))[1])
    program = sign_in(stranger)
    answer = program.get("/api/v1/me", headers={"Authorization": bearer(donor).environ_base["HTTP_AUTHORIZATION"]})
    assert (answer.status_code, answer.json["display_name"]) == (200, donor.display_name)


def test_a_deadlock_before_the_view_opens_the_api_to_no_cookie(app, donor, sign_in, deadlock, monkeypatch):
    def loader(_token: str) -> None:
        deadlock()

    monkeypatch.setitem(app.extensions, "milkbridge_token_loader", loader)
    answer = sign_in(donor).get("/api/v1/me", headers={"Authorization": "Bearer mb_" + "a" * 43})
    assert answer.status_code == 401


def test_what_was_flashed_and_kept_in_the_session_is_there_once(client, view, deadlock):
    def speak() -> str:
        flash("once")
        session["steps"] = session.get("steps", 0) + 1
        deadlock()
        return f"{get_flashed_messages()} {session['steps']}"

    view(speak)
    assert client.get("/healthz").text == "['once'] 1"


def test_a_sign_in_that_was_undone_signs_nobody_in(app, client, donor, view, deadlock):
    def enter() -> str:
        seen = f"{current_user.is_authenticated}"
        be(SimpleNamespace(is_authenticated=True, id=donor.id, roles=[]))
        deadlock()
        return seen

    view(enter)
    assert client.get("/healthz").text == "False"


def test_it_begins_again_twice_and_no_more(client, view):
    def never() -> str:
        g.times = g.get("times", 0) + 1
        raise OperationalError("UPDATE", {}, SimpleNamespace(sqlstate="40P01"))

    view(never)
    answer = client.get("/healthz", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_the_form_of_a_page_drawn_again_can_be_sent(client, view, deadlock):
    def form() -> str:
        generate_csrf()
        deadlock()
        drawn = generate_csrf()
        validate_csrf(drawn)
        return "can be sent"

    view(form)
    assert client.get("/healthz").text == "can be sent"
