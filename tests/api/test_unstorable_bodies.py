"""A number beyond a column and a sign that no text has are refused at their field, in every body of docs/api.md."""

import json
from collections.abc import Iterator
from copy import deepcopy

import pytest
import time_machine

from tests.api.test_examples import call, examples
from tests.api.test_posts import OFFER, POSTS
from tests.conftest import NOW
from tests.handoffs.factories import talk

pytestmark = pytest.mark.both_databases

MOST_OF_THEM = 60
TOO_LARGE = [2**31, 2**63, 2**70]


def places(value: object, above: tuple = ()) -> Iterator[tuple]:
    """The way to each number and text in a body."""
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(each, (*above, key))
    elif value is not None and not isinstance(value, bool):
        yield above, value


def with_one(body: object, place: tuple, value: object) -> object:
    """The body with another value at one place."""
    changed = deepcopy(body)
    inner = changed
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return changed


class Spoiling:
    """A program that sends each body with a number too large first, and with a NUL in each text afterwards."""

    def __init__(self, client) -> None:
        self.client, self.sent, self.taken, self.broken = client, 0, [], []

    def open(self, path, *, method, data, headers):
        """Answer as to what was meant."""
        body = json.loads(data) if data else None
        for place, value in places(body):
            if isinstance(value, int | float):
                for large in TOO_LARGE:
                    self._send(path, method, with_one(body, place, large), headers, self.taken)
        answer = self.client.open(path, method=method, data=data, headers=headers)
        for place, value in places(body):
            if isinstance(value, str):
                self._send(path, method, with_one(body, place, f"{value}\0"), headers, [])
        return answer

    def _send(self, path, method, body, headers, taken: list) -> None:
        plain = {name: value for name, value in headers.items() if name != "Idempotency-Key"}
        status = self.client.open(path, method=method, data=json.dumps(body), headers=plain).status_code
        self.sent += 1
        if status < 400:
            taken.append((method, path, body))
        if status >= 500:
            self.broken.append((method, path, body))


def test_no_body_has_what_a_database_cannot_keep(app, bearer, donor, family, capsys):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    try:
        with time_machine.travel(NOW, tick=False):
            offer = bearer(donor).post(POSTS, json=OFFER).json["id"]
            token = bearer(family).environ_base["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
            with app.app_context():
                names = {"TOKEN": token, "OFFER": offer, "TALK": talk(donor, family).public_id}
            program = Spoiling(app.test_client(use_cookies=False))
            for command, _status, keep in examples():
                answer = call(program, command, names)
                if keep:
                    names[keep] = answer.json["id"]
    finally:
        app.config["PROPAGATE_EXCEPTIONS"] = None
    assert program.sent > MOST_OF_THEM
    assert (program.broken, program.taken) == ([], [])
    assert "could not take" not in capsys.readouterr().out
