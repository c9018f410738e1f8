"""What the tests of accounts share: reading the mails that left, and typing a form of sign-up."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from app.infra import jobs, mail
from app.infra.clock import utcnow


@pytest.fixture
def mails(app: Flask) -> Callable[[], list]:
    """Run what is due and give every mail since the last call."""
    mail.mail.outbox = []

    def read() -> list:
        with app.app_context():
            jobs.run_due(now=utcnow())
            sent = list(app.extensions["mailman"].outbox) if hasattr(app.extensions["mailman"], "outbox") else []
            app.extensions["mailman"].outbox = []
        return sent

    with app.app_context():
        app.extensions["mailman"].outbox = []
    return read


@pytest.fixture
def link() -> Callable[..., str]:
    """The first link of a mail, as a path."""

    def find(message) -> str:
        return re.search(r"https?://[^/\s]+(/\S+)", message.body).group(1)

    return find


@pytest.fixture
def typed() -> dict[str, str]:
    """A form of sign-up without a fault."""
    return {
        "display_name": "Ana",
        "email": "ana@example.org",
        "password": "a quiet bridge over milk",
        "adult": "y",
    }


@pytest.fixture
def agree():
    """Tick the boxes of the welcome page as it is shown to ``client``."""

    def tick(client, *boxes: str, **changed: str):
        shown = re.search(r'name="shown" value="(\w+)"', client.get("/welcome").text).group(1)
        return client.post("/welcome", data=dict.fromkeys(boxes, "y") | {"shown": shown} | changed)

    return tick


@pytest.fixture
def undecided(person):
    """A member who has not agreed to anything yet."""
    return person("Una", agreed=False)
