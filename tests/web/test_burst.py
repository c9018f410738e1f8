"""Somebody comes out of a tunnel with two hundred messages: the limits slow her down and change no order."""

import time
from collections import deque
from types import SimpleNamespace

import pytest

from app.messaging import queries
from app.web import realtime

pytestmark = [pytest.mark.slow, pytest.mark.both_databases]
IN_FLIGHT = 4


def message(talk, number):
    client_id = f"00000000-0000-4000-8000-{number:012d}"
    return {"conversation": talk.public_id, "client_id": client_id, "kind": "text", "body": f"line {number}"}


def test_two_hundred_messages_under_the_limits_are_stored_in_the_order_written(
    app, talk, donor, family, phone, monkeypatch
):
    monkeypatch.setitem(app.config, "RATELIMIT_ENABLED", True)
    hers, theirs = phone(donor), phone(family)
    clock = SimpleNamespace(at=time.monotonic())  # from here on, so that she begins with her whole allowance
    monkeypatch.setattr(realtime, "time", SimpleNamespace(monotonic=lambda: clock.at))
    unsent = deque(message(talk, number) for number in range(200))
    refused = set()
    while unsent:
        flight = list(unsent)[:IN_FLIGHT]
        answers = []
        for before, sent in zip([None, *flight], flight, strict=False):
            answers.append(hers.ask("message.send", sent | ({"after": before["client_id"]} if before else {})))
            clock.at += 0.15  # so that one is too fast and the next would be in time again
        refused |= {answer["error"]["code"] for answer in answers if not answer["ok"]}
        assert all(answer["retry"] for answer in answers if not answer["ok"])
        if not answers[-1]["ok"]:
            clock.at += 1  # a phone waits before it tries again
        taken = {sent["client_id"] for sent, answer in zip(flight, answers, strict=True) if answer["ok"]}
        unsent = deque(waiting for waiting in unsent if waiting["client_id"] not in taken)
    written = [f"line {number}" for number in range(200)]
    with app.app_context():
        assert [stored.body for stored in queries.messages_after(talk.id, 0, 1000)] == written
    assert [heard["body"] for heard in theirs.heard("message.new")] == written
    assert refused == {"too_fast", "out_of_order"}
