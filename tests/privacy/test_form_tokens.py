"""With the check on, as it is for people, nothing that changes something is done without the page's own token."""

import re

import pytest
from sqlalchemy import inspect, text

from app.infra.database import db
from tests.posts.sent import OFFER
from tests.privacy.conftest import client_id


@pytest.fixture(autouse=True)
def checked(app, world):
    """The application checks form tokens, as in every setting but a test's."""
    app.config["WTF_CSRF_ENABLED"] = True
    yield
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def client(app, sign_in, donor):
    """The donor's browser."""
    app.config["WTF_CSRF_ENABLED"] = False
    browser = sign_in(donor)
    app.config["WTF_CSRF_ENABLED"] = True
    return browser


def state(app) -> dict[str, list]:
    """Everything stored."""
    with app.app_context():
        names = inspect(db.engine).get_table_names()
        return {name: db.session.execute(text(f'SELECT * FROM "{name}"')).all() for name in names}  # noqa: S608


def ways(app, world) -> list[str]:
    known = {
        "/posts": world.offer, "/matches": world.offer, "/messages": world.conversation, "/handoffs": world.handoff,
        "/conversations": world.conversation, "/reports": world.report, "/moderation": world.case,
        "/report/": world.request,
        "/notices": world.notice, "/interests": world.interest, "/people": world.family,
    }  # fmt: skip
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "POST" not in (rule.methods or set()):
                continue
            first = next((value for start, value in known.items() if rule.rule.startswith(start)), "x")
            named = {"offer_public_id": world.offer, "request_public_id": world.waiting_request, "kind": "offer",
                     "target_kind": "post", "purpose": "terms", "went": "fine", "side": "donor"}  # fmt: skip
            filled = {name: named.get(name, first) for name in rule.arguments}
            found.append(rule.build(filled, append_unknown=False)[1])
    return sorted(found)


FORM = OFFER | {
    "body": "x",
    "reason": "selling",
    "display_name": "Eve",
    "volume_unit": "ml",
    "place": "95814",
    "seq": "1",
}


@pytest.mark.parametrize(
    "headers",
    [{}, {"HX-Request": "true"}, {"X-CSRFToken": "forged"}, {"Accept": "application/json"},
     {"Origin": "https://evil.example", "Referer": "https://evil.example/"}],
)  # fmt: skip
def test_without_the_token_nothing_changes_anywhere(app, world, client, headers):
    before = state(app)
    paths = ways(app, world)
    assert len(paths) > 30
    for path in paths:
        answer = client.post(path, data=FORM | {"client_id": client_id(), "step": "post"}, headers=headers)
        assert answer.status_code >= 400 or answer.status_code == 200, (path, answer.status_code)
    assert state(app) == before


def test_with_the_token_of_the_page_it_is_done(app, world, client):
    token = re.search(r'csrf-token" content="([^"]+)"', client.get("/messages").text).group(1)
    typed = {"body": "Hello", "client_id": client_id(), "csrf_token": token}
    assert client.post(f"/messages/{world.conversation}", data=typed).status_code == 303
    typed |= {"client_id": client_id(), "csrf_token": ""}
    by_header = client.post(f"/messages/{world.conversation}", data=typed, headers={"X-CSRFToken": token})
    assert by_header.status_code in {303, 400}


def test_a_token_of_somebody_elses_session_is_worth_nothing(app, world, client):
    other = app.test_client()
    token = re.search(r'csrf-token" content="([^"]+)"', other.get("/login").text).group(1)
    typed = {"body": "Hello", "client_id": client_id(), "csrf_token": token}
    assert client.post(f"/messages/{world.conversation}", data=typed).status_code == 400


def test_the_password_cannot_be_changed_from_another_site(client):
    assert client.post("/change", data={"password": "x"}).status_code == 400
    assert client.post("/logout").status_code == 400
