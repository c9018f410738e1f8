"""A donor and a family who both said yes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import update

from app.accounts.models import User
from app.infra.transaction import transaction
from app.kernel.ids import new_public_id
from app.matching.events import InterestAccepted
from app.matching.models import Interest
from app.messaging import queries, services
from app.messaging.queries import questions
from app.posts.models import Post
from tests.browser import enter
from tests.conftest import NOW, Person
from tests.messaging.phones import phone  # noqa: F401 - a fixture.
from tests.messaging.screens import ready
from tests.messaging.ways import numbered, way  # noqa: F401 - a fixture, and what many import from here.
from tests.site import PHONE

CLIENT_ID = "0b8f6a52-7f0e-4a53-9c1e-0d7c5f0f1a01"


def _post(author: Person, kind: str) -> Post:
    return Post(
        public_id=new_public_id(), author_id=author.id, kind=kind, state="live", area_id=1, travel_km=20,
        created_at=NOW, updated_at=NOW, submit_token=new_public_id(), note="", replace_bags="unsaid", version=1,
    )  # fmt: skip


def accepted_interest(donor: Person, family: Person, *, origin: str = "yes", note: str = "") -> InterestAccepted:
    """Two posts and the interest both accepted, straight in the tables."""
    with transaction() as session:
        offer, request = _post(donor, "offer"), _post(family, "request")
        session.add_all([offer, request])
        session.flush()
        interest = Interest(
            public_id=new_public_id(), offer_id=offer.id, request_id=request.id, donor_id=donor.id,
            family_id=family.id, origin=origin, state="accepted", note=note, created_at=NOW, answered_at=NOW,
        )  # fmt: skip
        session.add(interest)
        session.flush()
        return InterestAccepted(
            at=NOW, interest_id=interest.id, offer_id=offer.id, request_id=request.id, donor_id=donor.id,
            family_id=family.id,
        )  # fmt: skip


@dataclass(frozen=True)
class Talk:
    """A conversation of the cast."""

    id: int
    public_id: str
    interest_id: int


@pytest.fixture
def open_talk(app: Flask) -> Callable[..., Talk]:
    """Open a conversation between any two people."""

    def make(donor: Person, family: Person, *, now: datetime = NOW, **interest: str) -> Talk:
        with app.app_context():
            accepted = accepted_interest(donor, family, **interest)
            conversation = queries.conversation(services.open_conversation(accepted, now=now))
            return Talk(conversation.id, conversation.public_id, conversation.interest_id)

    return make


@pytest.fixture
def talk(open_talk: Callable[..., Talk], donor: Person, family: Person) -> Talk:
    """The conversation of the donor and the family."""
    return open_talk(donor, family)


@pytest.fixture
def screens(address: str, contexts: Any, talk: Talk, sign_in: Any) -> Callable[..., Page]:
    """Open the conversation in Chromium as somebody: ``screens(donor, size=DESKTOP, live=False)``."""

    def show(
        who: Person, *, size: Any = PHONE, wait: bool = True, live: bool = True, before: Any = None, **options: Any
    ) -> Page:
        context = contexts(viewport=size, timezone_id="America/Chicago", **options)
        enter(context, address, sign_in(who))
        page: Page = context.new_page()
        if before:
            before(page)
        page.goto(f"{address}/messages/{talk.public_id}")
        if wait:
            ready(page, live=live)
        return page

    return show


@pytest.fixture
def asks(monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """What the match leaves unknown."""
    unknown = ("caffeine", "medicine")
    monkeypatch.setattr(questions, "asks_of", lambda _interest_id: unknown)
    return unknown


@pytest.fixture
def trust(app: Flask) -> Callable[[Person, int], None]:
    """Set how far somebody is trusted; the cast begins at 1, a newcomer has 0."""

    def make(who: Person, level: int) -> None:
        with app.app_context(), transaction() as session:
            session.execute(update(User).where(User.id == who.id).values(trust=level))

    return make
