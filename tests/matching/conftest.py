"""Posts as sound authors write them, and a few steps towards a line at an offer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest

from app.infra.database import db
from app.infra.gazetteer import find_places
from app.matching import services
from app.posts import services as posts
from app.posts.rules import Fact, OfferDraft, RequestDraft, Wish
from tests.conftest import NOW, Person

OFFER = OfferDraft(
    supply="once", volume_ml=3000, pumped_from=date(2026, 7, 1), pumped_to=date(2026, 10, 1), storage="deep_freezer",
    travel_km=25, note="Sixty flat bags.", facts=(Fact("dairy", "avoids", date(2026, 3, 12)),),
    max_families=1,
)  # fmt: skip
REQUEST = RequestDraft(
    need_ml_per_day=600, days=30, stock_ml=500, baby_age_band="3_6", term_and_healthy="yes", travel_km=40,
    note="She reacts to milk protein.", wishes=(Wish("dairy", "must", 14),),
)  # fmt: skip

_tokens = count()


def place(words: str) -> int:
    """The area of the first exact place of this name."""
    return find_places(words).exact[0].area


def post(author: Person, draft: OfferDraft | RequestDraft, *, now=NOW, **changes) -> str:
    """Hand in a post and return its public id; a member of the cast is known, so it is live at once."""
    return posts.submit_new(author.identity, replace(draft, **changes), submit_token=f"t{next(_tokens)}", now=now)


@contextmanager
def read(app) -> Iterator[None]:
    """A context to read and act in between two requests; nothing of it sticks."""
    with app.app_context():
        yield
        db.session.remove()


@pytest.fixture
def offer(in_app, donor) -> str:
    """The donor's live offer."""
    return post(donor, OFFER)


@pytest.fixture
def request_id(in_app, family) -> str:
    """The family's live request."""
    return post(family, REQUEST)


@pytest.fixture
def families(in_app, person) -> Callable[[int], list[tuple[Person, str]]]:
    """Make so many families, each with a live request."""

    def make(many: int, **changes) -> list[tuple[Person, str]]:
        cast = [person(f"Family{next(_tokens)}") for _ in range(many)]
        return [(one, post(one, REQUEST, **changes)) for one in cast]

    return make


@pytest.fixture
def line(offer, families) -> Callable[[int], list[tuple[Person, str]]]:
    """Make so many families say yes to the offer, a minute apart; return each with its interest's public id."""

    def make(many: int) -> list[tuple[Person, str]]:
        return [
            (who, services.say_yes(who.identity, offer, asked, now=NOW + timedelta(minutes=minute)))
            for minute, (who, asked) in enumerate(families(many))
        ]

    return make


@pytest.fixture
def clock() -> datetime:
    """The real moment: pages read it themselves."""
    return datetime.now(UTC)


@pytest.fixture
def live(app, donor, family, clock) -> tuple[str, str]:
    """An offer and a request that fit, handed in just now."""
    with read(app):
        return post(donor, OFFER, now=clock), post(family, REQUEST, now=clock)


@pytest.fixture
def said(app, family, live, clock) -> str:
    """The family's yes."""
    with read(app):
        return services.say_yes(family.identity, *live, note="We live close by.", now=clock)
