"""How many statements a list sends: a number that does not grow with what is listed."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, select

from app.accounts.models import User
from app.geo.areas import AreaId
from app.infra.areas.storage import load_catalogue
from app.infra.database import db
from app.kernel.access import Identity
from app.matching import queries
from app.matching.rules.sides import Strength, Wish
from app.posts.models import Post
from app.posts.queries import own_posts
from tests.bench.community import NOW, add_posts
from tests.matching.conftest import place

HOME = "Sacramento, CA"
MUSTS = (Wish("dairy", Strength.MUST, 14), Wish("soy", Strength.MUST, 7))


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is sent to the database meanwhile, without the beginning of transactions."""
    sent: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def lay(many: int) -> None:
    near = load_catalogue().areas_within(AreaId(place(HOME)), 20)
    add_posts(many, seed=5, areas=[near[each % len(near)] for each in range(many)])
    db.session.remove()


def authors(kind: str) -> list[tuple[int, str]]:
    """Up to five authors of live posts with the post's public id."""
    found = select(Post.author_id, Post.public_id).join(User, User.id == Post.author_id)
    return [tuple(row) for row in db.session.execute(found.where(Post.kind == kind, User.active).limit(5))]


@pytest.mark.parametrize(("kind", "most"), [("request", 11), ("offer", 10)])
@pytest.mark.parametrize("many", [60, 240])
def test_a_list_of_matches_sends_as_few_statements_for_many_posts_as_for_few(in_app, kind, most, many):
    lay(many)
    for author, public_id in authors(kind):
        queries.matches_for(Identity(author), public_id, now=NOW)
        db.session.remove()
        with statements() as sent:
            queries.matches_for(Identity(author), public_id, now=NOW)
        assert len(sent) <= most, sent


@pytest.mark.parametrize("wishes", [(), MUSTS])
@pytest.mark.parametrize("many", [60, 240])
def test_a_search_sends_six_statements_however_many_posts_there_are(in_app, wishes, many):
    lay(many)
    asked = {"area": AreaId(place(HOME)), "radius": 40, "kind": "offer", "wishes": wishes, "now": NOW}
    queries.search_nearby(Identity(10**6), **asked)
    with statements() as sent:
        assert queries.search_nearby(Identity(10**6), **asked).matches
    assert len(sent) <= 6, sent


def test_one_s_own_posts_are_read_by_three_statements(in_app):
    lay(20)
    author, _ = authors("request")[0]
    with statements() as sent:
        assert own_posts(Identity(author))
    assert len(sent) <= 3, sent
