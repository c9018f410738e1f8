"""
The index of live posts: kept by every use-case in its own transaction, held against the posts, built anew.

:func:`_found` says what the index must hold; keeping, verifying and rebuilding all ask it, so they cannot disagree.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import Select, delete, func, insert, select, text
from sqlalchemy.orm import Session

from app.accounts.queries import consenting, with_open_account
from app.accounts.rules.consents import Purpose
from app.geo.areas import AreaId
from app.geo.index import Place, place_of, strip_of
from app.infra.areas.storage import load_catalogue
from app.infra.transaction import transaction
from app.kernel.quantities import Kilometres
from app.posts.models import Offer, Post, PostFact, PostIndex, PostWish, Request
from app.posts.queries.judged import OFFER_COLUMNS, REQUEST_COLUMNS
from app.posts.rules import Fact, PostState, Wish
from app.posts.rules.edition import Standing, edition_of
from app.posts.rules.index_bits import offer_bits, request_bits

AT_ONCE: Final = 20_000
"""Posts read together; more would only need more memory."""

PART: Final = 5000
"""Posts whose rows are built anew in one transaction beside the work of the site: some tenths of a second."""

NEVER_REACHED: Final = 9_999_999
"""The number of a day after every day there is."""

IndexRow = dict[str, Any]
"""A row of ``post_index`` by its columns."""

_READ: Final = (
    Post.id, Post.kind, Post.area_id, Post.travel_km, Post.author_id, Post.published_at,
    Offer.supply, Offer.volume_ml, Offer.weekly_ml, Offer.pumped_from, Offer.pumped_to, Offer.storage, Offer.lipase,
    Request.need_ml_per_day, Request.days, Request.stock_ml, Request.immediate_allergy, Request.accepts_asks,
    *OFFER_COLUMNS, *REQUEST_COLUMNS,
)  # fmt: skip
_OFFER: Final = slice(18, 18 + len(OFFER_COLUMNS))
_REQUEST: Final = slice(_OFFER.stop, _OFFER.stop + len(REQUEST_COLUMNS))


_FACTS: Final = select(PostFact.post_id, PostFact.attribute, PostFact.state, PostFact.since, PostFact.level).join(
    Post, Post.id == PostFact.post_id
)
_WISHES: Final = select(
    PostWish.post_id, PostWish.attribute, PostWish.strength, PostWish.avoid_days, PostWish.level
).join(Post, Post.id == PostWish.post_id)


@dataclass(frozen=True, slots=True)
class Difference:
    """A post whose row is not what the post says; ``columns`` names what differs, or says ``missing`` or ``too many``.

    No value stands here, because what a donor states is not for a log.
    """

    post_id: int
    columns: tuple[str, ...]


def keep_index(session: Session, row: Post) -> None:
    """Make the index hold exactly one row for a live post and none for another, within the same transaction."""
    session.flush()
    session.execute(delete(PostIndex).where(PostIndex.post_id == row.id))
    if row.state == PostState.LIVE:
        _insert(session, _found(session, Post.id == row.id))


def keep_index_of(session: Session, person_id: int) -> None:
    """The same for everything one person has posted, where what others may know of it has changed."""
    session.flush()
    own = select(Post.id).where(Post.author_id == person_id)
    session.execute(delete(PostIndex).where(PostIndex.post_id.in_(own)))
    _insert(session, _found(session, Post.author_id == person_id))


def add_to_index(session: Session, first: int, last: int) -> None:
    """Index the live posts with ids from ``first`` to ``last``, which are not in the index yet: for bulk loading."""
    session.flush()
    for start in range(first, last + 1, AT_ONCE):
        _insert(session, _found(session, Post.id.between(start, min(last, start + AT_ONCE - 1))))


def rebuild_index() -> int:
    """
    Build the whole index anew in one transaction and return how many posts it holds.

    Readers see the old one until it is done; on PostgreSQL those who change posts wait for it, as they always do on
    SQLite.
    """
    with transaction() as session:
        _hold_back_writers(session)
        session.execute(delete(PostIndex))
        return sum(_insert(session, _found(session, part)) for part in _parts(session))


def rebuild_part(first: int) -> int | None:
    """
    Build anew the rows of :data:`PART` posts, those with ids from ``first`` on.

    Returns where the next part begins, None after the last.
    """
    with transaction() as session:
        _hold_back_writers(session)
        last = first + PART - 1
        session.execute(delete(PostIndex).where(PostIndex.post_id.between(first, last)))
        add_to_index(session, first, last)
        newest = session.scalar(select(func.max(Post.id))) or 0
        return last + 1 if last < newest else None


def _hold_back_writers(session: Session) -> None:
    """On SQLite a writer is alone anyway; readers never wait."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE post_index IN SHARE ROW EXCLUSIVE MODE"))


def verify_index() -> Iterator[Difference]:
    """Every post whose row in the index is not exactly what the post says; nothing when all is well."""
    with transaction() as session:
        for part in _parts(session):
            expected = {row["post_id"]: row for row in _found(session, part)}
            held = select(PostIndex.__table__).join(Post, Post.id == PostIndex.post_id).where(part)
            yield from _compared(expected, {row["post_id"]: dict(row) for row in session.execute(held).mappings()})


def _compared(expected: Mapping[int, IndexRow], held: Mapping[int, IndexRow]) -> Iterator[Difference]:
    for post_id in sorted(expected.keys() | held.keys()):
        if post_id not in held:
            yield Difference(post_id, ("missing",))
        elif post_id not in expected:
            yield Difference(post_id, ("too many",))
        elif expected[post_id] != held[post_id]:
            yield Difference(
                post_id, tuple(name for name, value in expected[post_id].items() if value != held[post_id][name])
            )


def _parts(session: Session) -> Iterator[Any]:
    """Conditions that divide all posts, whatever their state, into parts of bearable size."""
    newest = session.scalar(select(func.max(Post.id))) or 0
    for start, after in pairwise([*range(0, newest, AT_ONCE), newest]):
        yield Post.id.between(start + 1, after)


def _insert(session: Session, rows: Iterable[IndexRow]) -> int:
    found = list(rows)
    if found:
        session.execute(insert(PostIndex), found)
    return len(found)


def _found(session: Session, which: Any) -> list[IndexRow]:  # noqa: ANN401 - any condition on posts.
    """The rows that the index must hold for these posts: only live ones of open accounts."""
    live = (which, Post.state == PostState.LIVE)
    posts = session.execute(select(*_READ).outerjoin(Offer).outerjoin(Request).where(*live)).all()
    authors = with_open_account(post[4] for post in posts)
    sharing = consenting((post[4] for post in posts if post[1] == "offer"), Purpose.HEALTH_SHARE)
    facts, wishes = _by_post(session, _FACTS.where(*live)), _by_post(session, _WISHES.where(*live))
    return [
        _row(post, facts.get(post[0], ()) if post[4] in sharing else (), wishes.get(post[0], ()))
        for post in posts
        if post[4] in authors
    ]


def _by_post(session: Session, statement: Select[*tuple[Any, ...]]) -> dict[int, list[Sequence[Any]]]:
    found: dict[int, list[Sequence[Any]]] = {}
    for row in session.execute(statement):
        found.setdefault(row[0], []).append(row[1:])
    return found


def _row(post: Sequence[Any], facts: Sequence[Sequence[Any]], wishes: Sequence[Sequence[Any]]) -> IndexRow:
    post_id, kind, area_id, travel_km, author_id, published_at = post[:6]
    published = published_at.timestamp() if published_at else 0.0
    strip, longitude, place = _standing(kind, area_id, travel_km)
    stated = (post[_OFFER], facts) if kind == "offer" else (post[_REQUEST], wishes)
    edition = edition_of(Standing(author_id, area_id, float(travel_km), published), *stated)
    detail = _of_offer(post[6:13], facts) if kind == "offer" else _of_request(post[13:18], wishes)
    return {
        "post_id": post_id, "strip": strip, "longitude": longitude, "x": place.x, "y": place.y, "z": place.z,
        "travel_km": travel_km, "published": published, "author_id": author_id,
        "area_id": area_id, "edition": edition, **detail,
    }  # fmt: skip


@lru_cache(maxsize=100_000)
def _standing(kind: str, area_id: int, travel_km: float) -> tuple[int, float, Place]:
    latitude, longitude = load_catalogue().area(AreaId(area_id)).centre
    return strip_of(kind, latitude, Kilometres(travel_km)), longitude, place_of(latitude, longitude)


def _of_offer(offer: Sequence[Any], facts: Iterable[Sequence[Any]]) -> IndexRow:
    supply, volume, weekly_volume, pumped_from, pumped_to, storage, lipase = offer
    weekly = supply == "weekly"
    stated = [Fact(*each) for each in facts]
    unsaid = NEVER_REACHED if weekly else 0
    return {
        "bits": offer_bits(
            stated, lipase=lipase, storage=storage, pumped_from=pumped_from, pumped_to=pumped_to, weekly=weekly
        ),
        "volume_ml": weekly_volume if weekly else volume,
        "pumped_from": pumped_from.toordinal() if pumped_from else unsaid,
        "pumped_to": pumped_to.toordinal() if pumped_to else NEVER_REACHED,
    }


def _of_request(request: Sequence[Any], wishes: Iterable[Sequence[Any]]) -> IndexRow:
    need, days, stock, immediate_allergy, accepts_asks = request
    asked = [Wish(*each) for each in wishes]
    return {
        "bits": request_bits(asked, accepts_asks=accepts_asks, immediate_allergy=immediate_allergy),
        "volume_ml": max(0, need * days - stock),
        "pumped_from": 0,
        "pumped_to": NEVER_REACHED,
    }
