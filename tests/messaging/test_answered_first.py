"""What an event is answered with before Flask makes a request of it, and how packets and frames are written."""

import json
import time
from types import SimpleNamespace

import pytest
from flask import has_request_context

from app.messaging import services
from app.web.live import sockets
from app.web.realtime import LONGEST_NUMBER, PlainPacket
from app.web.server_socket import text_frame
from tests.messaging.conftest import numbered

pytestmark = pytest.mark.both_databases


def says(talk, number, **more):
    told = {"conversation": talk.public_id, "client_id": numbered(number), "kind": "text", "body": f"Word {number}"}
    return {**told, **more}


@pytest.fixture
def claims(monkeypatch):
    """Each claim, whether a request was there, and whether something came of it."""
    seen, real = [], services.send_claimed

    def send(*args, **more):
        stored = real(*args, **more)
        seen.append((has_request_context(), stored is not None))
        return stored

    monkeypatch.setattr(services, "send_claimed", send)
    return seen


def test_plain_words_are_answered_without_a_request_and_other_things_with_one(talk, donor, phone, claims):
    hers = phone(donor)
    first = hers.ask("message.send", says(talk, 1))
    assert [first["seq"], hers.ask("message.send", says(talk, 2))["seq"]] == [1, 2]
    assert claims == [(False, True), (False, True)]
    again = hers.ask("message.send", says(talk, 1))
    assert (again["ok"], again["message"]) == (True, first["message"])
    assert claims[-1] == (False, False)


def test_what_goes_the_usual_way_counts_once(talk, donor, phone, app, monkeypatch):
    hers, then = phone(donor), time.monotonic()
    monkeypatch.setattr("app.web.realtime.time", SimpleNamespace(monotonic=lambda: then))
    for _ in range(3):
        hers.ask("message.send", says(talk, 1))
    with app.app_context():
        [sid] = sockets().of(donor.id)
        assert sockets()._open[sid].allowance.tokens == 17


def test_too_many_at_once_are_refused_as_ever(talk, donor, phone, app, monkeypatch):
    monkeypatch.setitem(app.config, "RATELIMIT_ENABLED", True)
    monkeypatch.setattr("app.web.realtime.time.monotonic", lambda: 1000.0)
    hers = phone(donor)
    answers = [hers.ask("message.send", says(talk, n)) for n in range(1, 23)]
    assert [answer["ok"] for answer in answers] == [True] * 20 + [False] * 2
    assert answers[-1]["error"]["code"] == "too_fast"


def test_a_failure_before_is_met_again_and_told_by_the_usual_way(talk, donor, phone, monkeypatch):
    hers = phone(donor)
    hers.ask("message.send", says(talk, 1))

    def fail(*_args, **_more):
        raise ZeroDivisionError

    monkeypatch.setattr(services, "send_claimed", fail)
    assert hers.ask("message.send", says(talk, 2))["seq"] == 2
    monkeypatch.setattr(services, "send", fail)
    assert hers.ask("message.send", says(talk, 3))["error"]["code"] == "server_error"


def test_a_failure_after_the_commit_is_answered_with_what_was_stored(talk, donor, family, phone, monkeypatch):
    hers, theirs = phone(donor), phone(family)
    hers.ask("message.send", says(talk, 1))
    theirs.heard("message.new")
    real = services.send_claimed

    def breaks_off(*args, **more):
        assert real(*args, **more) is not None
        raise ZeroDivisionError

    monkeypatch.setattr(services, "send_claimed", breaks_off)
    assert hers.ask("message.send", says(talk, 2))["seq"] == 2
    assert [message["seq"] for message in theirs.heard("message.new")] == [2]


@pytest.mark.parametrize("data", [["a", {"b": [1, 2.5, None, True], "ü": "\U0001f476 \u2028</"}], [], ["x", '\\"\n']])
def test_packets_are_written_and_read_as_the_library_does(data):
    ours, theirs = PlainPacket(data=data, id=7), type("Theirs", (PlainPacket,), {"json": json})(data=data, id=7)
    assert ours.encode() == theirs.encode()
    assert PlainPacket(encoded_packet=ours.encode()).data == data


@pytest.mark.parametrize("told", ["[1", "{", "[nul]", "\ufeff[]", "[" + "1" * (LONGEST_NUMBER + 1) + "]"])
def test_what_is_no_json_is_refused(told):
    with pytest.raises(ValueError):  # noqa: PT011 - whatever its words, the library ends the connection.
        PlainPacket(encoded_packet="2" + told)


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536, 70_000])
def test_a_frame_is_what_the_library_would_write(length):
    from wsproto import ConnectionType
    from wsproto.connection import Connection
    from wsproto.events import TextMessage

    words = ("ü" * length)[: length // 2] + "x" * (length % 2)
    assert text_frame(words) == Connection(ConnectionType.SERVER).send(TextMessage(data=words))
