"""
What lists read of hundreds of live posts at once: plain rows, without the words of a post.

Whoever asks has found the posts in the index and knows from it where they stand and whose they are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Final, Protocol

from sqlalchemy import literal, select

from app.accounts.queries import agrees
from app.accounts.rules.consents import Purpose
from app.geo.areas import AreaId
from app.infra.reading import PlainRow, Statement, among, read
from app.kernel.quantities import Kilometres
from app.posts.models import Offer, Post, PostFact, PostWish, Request
from app.posts.queries.posts import OfferView, RequestView
from app.posts.rules import ATTRIBUTES, SOUGHT, Fact, PostState, Wish
from app.posts.rules.edition import Standing, edition_of

_SOUGHT: Final = tuple(each.key for each in SOUGHT)
_of_offer, _of_fact, _of_wish = (attrgetter(*(each.name for each in fields(kind))) for kind in (OfferView, Fact, Wish))
_of_request = attrgetter(*(each.name for each in fields(RequestView) if each.name != "shares_need"))
"""What each holds, in its order; the library's way to it copies every value deeply, which takes longer than reading."""
_ORDER: Final = {each.key: place for place, each in enumerate(ATTRIBUTES)}
OFFER_COLUMNS: Final[tuple[Any, ...]] = tuple(Offer.__table__.c[each.name] for each in fields(OfferView))
"""The columns of :class:`OfferView`, in its order."""
REQUEST_COLUMNS: Final[tuple[Any, ...]] = tuple(
    Request.__table__.c[each.name] for each in fields(RequestView) if each.name != "shares_need"
)
"""The columns of :class:`RequestView`, in its order, but for what hangs on a consent."""

_POST: Final = Post.__table__.c
_FACT: Final = PostFact.__table__.c
_WISH: Final = PostWish.__table__.c
_OFFER_ID: Final = Offer.__table__.c.post_id
_REQUEST_ID: Final = Request.__table__.c.post_id
_OFFERS: Final[Statement] = select(_OFFER_ID, *OFFER_COLUMNS).where(among(_OFFER_ID))
_REQUESTS: Final[Statement] = select(_REQUEST_ID, *REQUEST_COLUMNS).where(among(_REQUEST_ID))
_ON_CARDS: Final = (_POST.public_id, _POST.replace_bags)
_OFFERS_TOLD: Final = _OFFERS.add_columns(*_ON_CARDS).join(Post.__table__, _POST.id == _OFFER_ID)
_REQUESTS_TOLD: Final = _REQUESTS.add_columns(
    agrees(_POST.author_id, literal(Purpose.NEED_SHARE.value)), *_ON_CARDS
).join(Post.__table__, _POST.id == _REQUEST_ID)  # fmt: skip
_FACTS: Final[Statement] = (
    select(_FACT.post_id, _FACT.attribute, _FACT.state, _FACT.since, _FACT.level)
    .join(Post.__table__, _POST.id == _FACT.post_id)
    .where(
        among(_FACT.post_id),
        among(_FACT.attribute, "attributes"),
        agrees(_POST.author_id, literal(Purpose.HEALTH_SHARE.value)),
    )
)
"""What donors state of some attributes, of those who let others know."""
_WISHES: Final[Statement] = select(
    _WISH.post_id, _WISH.attribute, _WISH.strength, _WISH.avoid_days, _WISH.level
).where(among(_WISH.post_id))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedPost:
    """
    What the matcher judges of a live post, without its words: exactly one of ``offer`` and ``request`` is set.

    ``facts`` are only those asked for; see :func:`live_offers`. ``public_id`` and ``replace_bags`` are there only where
    they were asked for too.
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
    public_id: str = ""
    replace_bags: str = ""


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
    What lists judge of these live offers, with what others may know of ``attributes``: two reads for hundreds.

    The words of posts are not read: the index holds the rest. A donor who does not share health facts states nothing
    here.
    """
    return _live_offers(_OFFERS, found, attributes)


def told_offers(found: Iterable[Indexed], attributes: Iterable[str]) -> dict[int, JudgedPost]:
    """As :func:`live_offers`, with what their cards say besides."""
    return _live_offers(_OFFERS_TOLD, found, attributes)


def _live_offers(statement: Statement, found: Iterable[Indexed], attributes: Iterable[str]) -> dict[int, JudgedPost]:
    near = {each.post_id: each for each in found}
    if not near:
        return {}
    rows, end = read(statement, ids=list(near)), len(OFFER_COLUMNS) + 1
    facts = _facts([row[0] for row in rows], list(attributes))
    return {
        row[0]: _judged(near[row[0]], *row[end:], offer=OfferView(*row[1:end]), facts=facts.get(row[0], ()))
        for row in rows
    }


def told_requests(found: Iterable[Indexed]) -> dict[int, JudgedPost]:
    """What lists judge and cards say of these live requests, with their wishes: two reads for hundreds."""
    near = {each.post_id: each for each in found}
    if not near:
        return {}
    end = len(REQUEST_COLUMNS) + 1
    wishes = _by_post(read(_WISHES, ids=list(near)))
    return {
        row[0]: _judged(
            near[row[0]],
            *row[end + 1 :],
            request=RequestView(*row[1 : end + 1]),
            wishes=tuple(Wish(*each) for each in wishes.get(row[0], ())),
        )
        for row in read(_REQUESTS_TOLD, ids=list(near))
    }


def whole_offers(found: Iterable[Indexed]) -> dict[int, WholePost]:
    """These live offers with everything that any wish may ask about, and which edition that is."""
    near = {each.post_id: each for each in found}
    offers = live_offers(near.values(), _SOUGHT)
    return {
        post_id: WholePost(each, edition_of(_standing(near[post_id]), _of_offer(each.offer), map(_of_fact, each.facts)))
        for post_id, each in offers.items()
        if each.offer is not None
    }


def whole_requests(found: Iterable[Indexed]) -> dict[int, WholePost]:
    """These live requests, and which edition of each was read. What a family shares of its need is no part of that."""
    near = {each.post_id: each for each in found}
    requests = told_requests(near.values())
    return {
        post_id: WholePost(
            each, edition_of(_standing(near[post_id]), _of_request(each.request), map(_of_wish, each.wishes))
        )
        for post_id, each in requests.items()
        if each.request is not None
    }


def _standing(near: Indexed) -> Standing:
    return Standing(near.author_id, near.area_id, float(near.travel_km), near.published)


def _facts(offer_ids: Sequence[int], attributes: Sequence[str]) -> dict[int, tuple[Fact, ...]]:
    """What these offers state of ``attributes`` where the author shares it."""
    if not offer_ids or not attributes:
        return {}
    facts = _by_post(read(_FACTS, ids=offer_ids, attributes=attributes))
    return {post_id: tuple(Fact(*each) for each in some) for post_id, some in facts.items()}


def _judged(near: Indexed, public_id: str = "", replace_bags: str = "", **parts: Any) -> JudgedPost:  # noqa: ANN401 - the parts of a post are of four types.
    published = datetime.fromtimestamp(near.published, UTC) if near.published else None
    return JudgedPost(
        id=near.post_id,
        author_id=near.author_id,
        area_id=near.area_id,
        travel_km=near.travel_km,
        published_at=published,
        public_id=public_id,
        replace_bags=replace_bags,
        **parts,
    )


def _by_post(parts: Iterable[PlainRow]) -> dict[int, list[tuple[Any, ...]]]:
    """Rows that begin with a post's id and an attribute, without the id, in the order of the catalogue."""
    found: dict[int, list[tuple[Any, ...]]] = {}
    for row in parts:
        found.setdefault(row[0], []).append(tuple(row[1:]))
    for rows in found.values():
        rows.sort(key=lambda each: _ORDER.get(each[0], len(_ORDER)))
    return found
