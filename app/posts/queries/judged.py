"""
What lists read of hundreds of live posts at once: plain rows, without the words of a post.

Whoever asks has found the posts in the index and knows from it where they stand and whose they are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from sqlalchemy import Select, select

from app.accounts.queries import consenting
from app.accounts.rules.consents import Purpose
from app.geo.areas import AreaId
from app.infra.database import db
from app.kernel.quantities import Kilometres
from app.posts.models import Offer, Post, PostFact, PostWish, Request
from app.posts.queries.posts import OfferView, RequestView
from app.posts.rules import ATTRIBUTES, SOUGHT, Fact, PostState, Wish
from app.posts.rules.edition import edition_of

_SOUGHT: Final = tuple(each.key for each in SOUGHT)
_ORDER: Final = {each.key: place for place, each in enumerate(ATTRIBUTES)}
OFFER_COLUMNS: Final[tuple[Any, ...]] = (
    Offer.supply, Offer.volume_ml, Offer.weekly_ml, Offer.pumped_from, Offer.pumped_to, Offer.storage, Offer.lipase,
    Offer.baby_age_months, Offer.max_families, Offer.smallest_handoff_ml, Offer.after_loss, Offer.preference,
)  # fmt: skip
"""The columns of :class:`OfferView`, in its order."""
REQUEST_COLUMNS: Final[tuple[Any, ...]] = (
    Request.need_ml_per_day, Request.days, Request.stock_ml, Request.baby_age_band, Request.term_and_healthy,
    Request.immediate_allergy, Request.accepts_asks,
)  # fmt: skip
"""The columns of :class:`RequestView`, in its order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedPost:
    """
    What the matcher judges of a live post, without its words: exactly one of ``offer`` and ``request`` is set.

    ``facts`` are only those asked for; see :func:`live_offers`.
    """

    id: int
    author_id: int
    area_id: AreaId
    travel_km: Kilometres
    published_at: datetime | None
    offer: OfferView | None = None
    request: RequestView | None = None
    facts: tuple[Fact, ...] = ()
    wishes: tuple[Wish, ...] = ()
    state: PostState = PostState.LIVE


@dataclass(frozen=True, slots=True)
class ToldPost:
    """What the card of a live post says besides what is judged; see :func:`told_of`."""

    public_id: str
    replace_bags: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class WholePost:
    """All that the matcher may read of a live post, and the edition of it that was read."""

    post: JudgedPost
    edition: int


class Indexed(Protocol):
    """What the index knows of a live post."""

    @property
    def post_id(self) -> int:
        """The post."""

    @property
    def author_id(self) -> int:
        """Whose it is."""

    @property
    def area_id(self) -> AreaId:
        """Where it stands."""

    @property
    def travel_km(self) -> Kilometres:
        """How far its author travels."""

    @property
    def published(self) -> float:
        """Since when, in seconds since 1970; 0 for never."""


def live_offers(found: Iterable[Indexed], attributes: Iterable[str]) -> dict[int, JudgedPost]:
    """
    What lists judge of these live offers, with what others may know of ``attributes``: three reads for hundreds.

    The rows of posts themselves, long for their words, are not read: the index holds the rest. A donor who does not
    share health facts states nothing here.
    """
    near = {each.post_id: each for each in found}
    rows = db.session.execute(select(Offer.post_id, *OFFER_COLUMNS).where(Offer.post_id.in_(list(near)))).all()
    facts = _shared_facts({row[0]: near[row[0]].author_id for row in rows}, attributes)
    return {row[0]: _judged(near[row[0]], offer=OfferView(*row[1:]), facts=facts.get(row[0], ())) for row in rows}


def live_requests(found: Iterable[Indexed]) -> dict[int, JudgedPost]:
    """What lists judge of these live requests, with their wishes: three reads for hundreds."""
    near = {each.post_id: each for each in found}
    rows = db.session.execute(select(Request.post_id, *REQUEST_COLUMNS).where(Request.post_id.in_(list(near)))).all()
    wishes = _by_post(
        select(PostWish.post_id, PostWish.attribute, PostWish.strength, PostWish.avoid_days, PostWish.level).where(
            PostWish.post_id.in_(list(near))
        )
    )
    urgent = consenting((near[row[0]].author_id for row in rows), Purpose.NEED_SHARE)
    return {
        row[0]: _judged(
            near[row[0]],
            request=replace(RequestView(*row[1:]), shares_need=near[row[0]].author_id in urgent),
            wishes=tuple(Wish(*each) for each in wishes.get(row[0], ())),
        )
        for row in rows
    }


def whole_offers(found: Iterable[Indexed]) -> dict[int, WholePost]:
    """These live offers with everything that any wish may ask about, and which edition that is."""
    offers = live_offers(found, _SOUGHT)
    return {
        post_id: WholePost(each, edition_of(astuple(each.offer), map(astuple, each.facts)))
        for post_id, each in offers.items()
        if each.offer is not None
    }


def whole_requests(found: Iterable[Indexed]) -> dict[int, WholePost]:
    """These live requests, and which edition of each was read. What a family shares of its need is no part of that."""
    requests = live_requests(found)
    return {
        post_id: WholePost(each, edition_of(astuple(each.request)[: len(REQUEST_COLUMNS)], map(astuple, each.wishes)))
        for post_id, each in requests.items()
        if each.request is not None
    }


def told_of(judged: Iterable[JudgedPost], attributes: Iterable[str]) -> dict[int, ToldPost]:
    """What the cards of these posts say besides: three reads. ``facts`` are the shared ones about ``attributes``."""
    posts = {each.id: each for each in judged}
    rows = db.session.execute(select(Post.id, Post.public_id, Post.replace_bags).where(Post.id.in_(list(posts)))).all()
    offers = {each.id: each.author_id for each in posts.values() if each.offer is not None}
    facts = _shared_facts(offers, attributes)
    return {post_id: ToldPost(public_id, bags, facts.get(post_id, ())) for post_id, public_id, bags in rows}


def _shared_facts(authors: Mapping[int, int], attributes: Iterable[str]) -> dict[int, tuple[Fact, ...]]:
    """What these offers (by id, with their authors) state of ``attributes`` where the author shares it."""
    wanted = list(attributes)
    if not wanted or not authors:
        return {}
    sharing = consenting(authors.values(), Purpose.HEALTH_SHARE)
    facts = _by_post(
        select(PostFact.post_id, PostFact.attribute, PostFact.state, PostFact.since, PostFact.level).where(
            PostFact.post_id.in_([post_id for post_id, author in authors.items() if author in sharing]),
            PostFact.attribute.in_(wanted),
        )
    )
    return {post_id: tuple(Fact(*each) for each in some) for post_id, some in facts.items()}


def _judged(near: Indexed, **parts: Any) -> JudgedPost:  # noqa: ANN401 - the parts of a post are of four types.
    published = datetime.fromtimestamp(near.published, UTC) if near.published else None
    return JudgedPost(
        id=near.post_id,
        author_id=near.author_id,
        area_id=near.area_id,
        travel_km=near.travel_km,
        published_at=published,
        **parts,
    )


def _by_post(statement: Select[*tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    """Rows that begin with a post's id and an attribute, without the id, in the order of the catalogue."""
    found: dict[int, list[tuple[Any, ...]]] = {}
    for row in db.session.execute(statement):
        found.setdefault(row[0], []).append(tuple(row[1:]))
    for rows in found.values():
        rows.sort(key=lambda each: _ORDER.get(each[0], len(_ORDER)))
    return found
