"""Who gets a socket, what one may do with it, and that every event is answered."""

import logging

import pytest
import socketio as client_library
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from app.accounts.models import User
from app.factory import create_app
from app.infra.transaction import transaction
from app.kernel.access import Identity, Permission, Role, anyone
from app.kernel.errors import Conflict, Invalid
from app.web import realtime
from app.web.realtime import SOCKET_EVENTS, end_sockets, on, push, room_of, socketio
from app.web.socket_limits import BURST, SOCKETS_PER_PERSON, Holder, OpenSockets
from config import Settings
from tests.messaging.live import LiveSocket, served
from tests.messaging.phones import ORIGIN, csrf_of

ANYONE = Permission("test.anyone", allows=anyone)
STAFF = Permission("test.staff", allows=anyone, role=Role.MODERATOR, conceals=False)
SECRET = "words of a message"


def _raise(error: Exception):
    def handler(_person: Identity, _payload: realtime.Payload):
        raise error

    return handler


@pytest.fixture(scope="module", autouse=True)
def handlers():
    """Handlers of the test's own, registered like any other and taken out of the matrix again."""
    on("test.echo", ANYONE)(lambda person, payload: {"person": person.person_id, "said": payload.get("said")})
    on("test.staff", STAFF)(lambda _person, _payload: {})
    on("test.crash", ANYONE)(_raise(RuntimeError(SECRET)))
    on("test.busy", ANYONE)(_raise(OperationalError("x", {}, Exception("database is locked"))))
    on("test.invalid", ANYONE)(_raise(Invalid({"body": ["Too long."]})))
    on("test.conflict", ANYONE)(_raise(Conflict()))
    yield
    for event in [event for event in SOCKET_EVENTS if event.startswith("test.")]:
        del SOCKET_EVENTS[event]


def connects(phone, who, **options):
    return phone(who, **options).connected


def test_a_page_of_ours_gets_a_socket(donor, phone):
    assert connects(phone, donor)


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "http://evil.example",
        "https://localhost",
        "http://localhost:81",
        "http://localhost.evil.example",
        "http://LOCALHOST/",
    ],
)
def test_another_origin_gets_none(origin, donor, phone):
    headers = {} if origin is None else {"Origin": origin}
    assert not connects(phone, donor, headers=headers)


def test_a_host_we_do_not_serve_gets_none_even_with_its_own_origin(donor, phone):
    headers = {"Host": "evil.example", "Origin": "http://evil.example"}
    assert not connects(phone, donor, headers=headers)


@pytest.mark.parametrize("auth", [None, {}, {"csrf": ""}, {"csrf": "x"}, {"csrf": 7}, {"csrf": ["x"]}, "x", ["x"]])
def test_without_the_pages_csrf_token_there_is_none(auth, donor, phone):
    assert not connects(phone, donor, auth=auth)


def test_the_csrf_token_of_somebody_else_gets_none(donor, family, phone, sign_in):
    assert not connects(phone, donor, auth={"csrf": csrf_of(sign_in(family))})


def test_a_visitor_gets_none(client):
    token = client.get("/").text.split('name="csrf-token" content="')[1].split('"')[0]
    headers = {"Origin": ORIGIN}
    socket = socketio.test_client(client.application, flask_test_client=client, headers=headers, auth={"csrf": token})
    assert not socket.is_connected()


def test_a_closed_account_gets_none(app, donor, phone, sign_in):
    browser = sign_in(donor)
    token = csrf_of(browser)
    with app.app_context(), transaction() as session:
        session.execute(update(User).where(User.id == donor.id).values(active=False))
    assert not connects(phone, donor, client=browser, auth={"csrf": token})


def test_five_pages_of_one_person_are_live_and_a_sixth_when_one_closes(donor, family, phone, sign_in):
    browser = sign_in(donor)
    pages = [phone(donor, client=browser) for _ in range(SOCKETS_PER_PERSON)]
    assert all(page.connected for page in pages)
    assert not connects(phone, donor, client=browser)
    assert connects(phone, family)
    pages[0].socket.disconnect()
    assert connects(phone, donor, client=browser)


def test_an_open_page_keeps_no_request(donor, phone):
    """Each event makes one of the handshake, which holds on to it, and it to all that was read of the handshake."""
    known = set(socketio.server.environ)
    page = phone(donor)
    [opened] = set(socketio.server.environ) - known
    assert "werkzeug.request" not in socketio.server.environ[opened]
    page.socket.emit("no.such.event", {}, callback=True)
    assert "werkzeug.request" not in socketio.server.environ[opened]


def test_a_process_that_is_full_takes_no_more():
    sockets = OpenSockets(most=2)
    taken = [sockets.admit(sid, Holder(number), now=0, alive=lambda _sid: True) for number, sid in enumerate("abc")]
    assert taken == [True, True, False]
    sockets.release("a")
    assert sockets.admit("d", Holder(9), now=0, alive=lambda _sid: True)


def test_a_socket_that_vanished_without_a_word_frees_its_place():
    sockets = OpenSockets()
    for sid in "abcde":
        sockets.admit(sid, Holder(1), now=0, alive=lambda _sid: True)
    assert not sockets.admit("f", Holder(1), now=0, alive=lambda _sid: True)
    assert sockets.admit("f", Holder(1), now=0, alive=lambda sid: sid != "c")
    assert sorted(sockets.of(1)) == ["a", "b", "d", "e", "f"]


def test_twenty_events_at_once_then_five_a_second():
    sockets = OpenSockets()
    sockets.admit("a", Holder(1), now=0, alive=lambda _sid: True)
    assert [sockets.spend("a", now=0) for _ in range(int(BURST))] == [0.0] * int(BURST)
    assert sockets.spend("a", now=0) == pytest.approx(0.2)
    assert [sockets.spend("a", now=1) for _ in range(6)] == [0.0] * 5 + [pytest.approx(0.2)]
    assert sockets.spend("b", now=1) is None


def test_too_many_events_are_answered_with_when_to_come_again(app: Flask, donor, phone, monkeypatch):
    monkeypatch.setitem(app.config, "RATELIMIT_ENABLED", True)
    hers = phone(donor)
    answers = [hers.ask("test.echo", {}) for _ in range(int(BURST) + 5)]
    refused = next(answer for answer in answers if not answer["ok"])
    assert (refused["error"]["code"], refused["retry"]) == ("too_fast", True)
    assert 0 < refused["error"]["retry_after_ms"] <= 201
    assert hers.connected


def test_the_answer_names_the_person_of_the_session(donor, phone):
    assert phone(donor).ask("test.echo", {"said": "x"}) == {"ok": True, "person": donor.id, "said": "x"}


def test_a_role_is_asked_for_on_every_event(donor, moderator, phone):
    assert phone(moderator).ask("test.staff", {})["ok"]
    assert phone(donor).ask("test.staff", {})["error"]["code"] == "forbidden"


@pytest.mark.parametrize("payload", [(), ("x",), ([],), (None,), ({}, {}), (7,)])
def test_what_is_not_one_object_is_answered(payload, donor, phone):
    hers = phone(donor)
    assert hers.ask("test.echo", *payload)["error"]["code"] == "invalid"
    assert hers.ask("test.echo", {})["ok"]


@pytest.mark.parametrize("payload", [{"n": b"bytes"}, {"deep": [{"n": b"bytes"}]}, {"n": "half \ud800"}, {"\udfff": 1}])
def test_bytes_and_half_signs_are_answered_and_the_socket_lives_on(payload, donor, phone):
    mine = phone(donor)
    assert mine.ask("heads", payload)["error"]["code"] == "invalid"
    assert mine.ask("heads", {})["ok"]


def test_an_unknown_event_is_answered(donor, phone):
    assert phone(donor).ask("no.such.event", {})["error"]["code"] == "unknown_event"


@pytest.mark.parametrize(
    ("event", "code", "retry"),
    [
        ("test.crash", "server_error", True),
        ("test.busy", "busy", True),
        ("test.invalid", "invalid", None),
        ("test.conflict", "conflict", None),
    ],
)
def test_every_error_is_answered(event, code, retry, donor, phone):
    answer = phone(donor).ask(event, {})
    assert (answer["ok"], answer["error"]["code"], answer.get("retry")) == (False, code, retry)
    assert answer["error"]["message"]
    assert SECRET not in str(answer)


def test_the_log_of_an_error_quotes_nobody(app, donor, phone, monkeypatch, capsys, caplog):
    monkeypatch.setattr(app, "testing", False)
    with caplog.at_level(logging.DEBUG):
        phone(donor).ask("test.crash", {})
    logged = capsys.readouterr().out + caplog.text
    assert "RuntimeError" in logged
    assert SECRET not in logged


def test_every_event_carries_a_permission():
    for event in ("conversation.open", "message.send", "message.read", "typing"):
        assert SOCKET_EVENTS[event].startswith("conversation.")


def test_a_push_reaches_every_page_of_one_person_only(app, donor, family, phone):
    first, second, other = phone(donor), phone(donor), phone(family)
    with app.app_context():
        push(donor.id, "x.y", {"n": 1})
    assert [page.heard("x.y") for page in (first, second, other)] == [[{"n": 1}], [{"n": 1}], []]


def test_a_client_cannot_join_a_room_by_asking(app, donor, family, phone):
    theirs = phone(family)
    for event in ("join", "subscribe", "enter_room"):
        theirs.ask(event, {"room": room_of(donor.id)})
    with app.app_context():
        push(donor.id, "x.y", {})
    assert theirs.heard("x.y") == []


def test_ending_sockets_hangs_up_on_that_person_only(app, donor, family, phone):
    hers, theirs = phone(donor), phone(family)
    with app.app_context():
        end_sockets(donor.id)
    assert (hers.heard("session.ended"), hers.connected, theirs.connected) == ([{}], False, True)


def test_a_real_socket_is_let_in_and_a_foreign_page_is_not(app, donor, sign_in):
    browser = sign_in(donor)
    with served(app) as address:
        mine = LiveSocket(address, browser)
        assert mine.ask("conversation.open", {"id": "nothing"})["error"]["code"] == "not_found"
        mine.close()
        for origin in (None, "http://evil.example"):
            with pytest.raises(client_library.exceptions.ConnectionError):
                LiveSocket(address, browser, headers={"Origin": origin})


def test_long_polling_is_not_offered(client):
    assert client.get("/socket.io/?EIO=4&transport=polling").status_code == 400


@pytest.mark.parametrize(("threads", "sockets"), [(64, 34), (200, 170), (8, 4)])
def test_a_process_holds_fewer_sockets_than_it_has_threads(threads, sockets, tmp_path, monkeypatch):
    monkeypatch.setattr(socketio, "server", socketio.server)  # the new application takes it; this puts it back
    app = create_app(Settings(instance_path=tmp_path, testing=True, rate_limits=False, web_threads=threads))
    assert app.extensions["milkbridge_sockets"].most == sockets
