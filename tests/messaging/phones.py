"""Signed-in browsers with an open socket, for whoever wants one."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_socketio import SocketIOTestClient

from app.web.realtime import socketio
from tests.conftest import Person

ORIGIN = "http://localhost"


class Phone:
    """A browser with an open socket; ``ask`` gives the acknowledgement, ``heard`` what was pushed."""

    def __init__(self, client: FlaskClient, socket: SocketIOTestClient) -> None:
        self.client, self.socket = client, socket

    def ask(self, event: str, *payload: Any) -> Any:
        return self.socket.emit(event, *payload, callback=True)

    def heard(self, event: str) -> list[dict[str, Any]]:
        packets, self.socket.queue = self.socket.queue, []
        return [packet["args"][0] for packet in packets if packet["name"] == event]

    @property
    def connected(self) -> bool:
        return bool(self.socket.is_connected())


def csrf_of(client: FlaskClient) -> str:
    """The token a page of ours shows."""
    page = client.get("/messages").text
    return page.split('name="csrf-token" content="')[1].split('"')[0]


@pytest.fixture
def phone(app: Flask, sign_in: Callable[[Person], FlaskClient]) -> Iterator[Callable[..., Phone]]:
    """A signed-in browser of somebody with its socket connected."""
    opened: list[Phone] = []

    def connect(who: Person, *, client: FlaskClient | None = None, **options: Any) -> Phone:
        browser = client or sign_in(who)
        options.setdefault("headers", {"Origin": ORIGIN})
        if "auth" not in options:
            options["auth"] = {"csrf": csrf_of(browser)}
        socket = socketio.test_client(app, flask_test_client=browser, **options)
        opened.append(Phone(browser, socket))
        return opened[-1]

    yield connect
    for one in opened:
        if one.connected:
            one.socket.disconnect()
