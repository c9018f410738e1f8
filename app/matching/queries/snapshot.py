"""
All live posts at one moment as a round sees them, in an order that does not depend on the database.

Posts stand in the order of their public ids and bear their position as id: two databases with the same posts give the
same snapshot, whatever numbers their rows have.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from app.accounts.models import Consent, User
from app.accounts.queries import consenting
from app.accounts.rules.consents import Purpose
from app.geo.areas import AreaId
from app.infra.reading import Narrowable, Statement, read
from app.kernel.quantities import Kilometres, Millilitres
from app.matching.queries.sides import fed_before, fed_families, offer_side, request_side
from app.matching.queries.standing import Standing, arrivals, blocks, promised, standing
from app.matching.rules.feasible import may_be_proposed
from app.matching.rules.rounds.edges import Held, Room
from app.matching.rules.sides import OfferSide, RequestSide, Supply
from app.matching.rules.stock import Arrival, is_quiet, milk_left
from app.matching.rules.weights import RoundRules
from app.posts.models import Offer, Post, PostFact, PostWish, Request
from app.posts.queries import JudgedPost, OfferView, RequestView
from app.posts.queries.judged import OFFER_COLUMNS, REQUEST_COLUMNS
from app.posts.rules import Fact, PostState, Wish

_POST: Final = Post.__table__.c
_PERSON: Final = User.__table__.c
_FACT: Final = PostFact.__table__.c
_WISH: Final = PostWish.__table__.c
_CONSENT: Final = Consent.__table__.c
_OFFER_ID: Final = Offer.__table__.c.post_id
_REQUEST_ID: Final = Request.__table__.c.post_id
_OWN: Final = (_POST.id, _POST.public_id, _POST.author_id, _POST.area_id, _POST.travel_km, _POST.published_at)
_PARTS: Final = len(_OWN)
_LIVE: Final = _POST.state == PostState.LIVE.value


def _of_live_posts(table_id: Any, *columns: Any) -> Narrowable:  # noqa: ANN401 - columns of whatever type.
    """Live posts of a kind by open accounts, with these columns of theirs."""
    statement: Statement = (
        select(*_OWN, *columns)
        .join(table_id.table, table_id == _POST.id)
        .join(User.__table__, _PERSON.id == _POST.author_id)
        .where(_LIVE, _PERSON.active.is_(True))
    )
    return Narrowable.by(_POST.id, statement)


_OFFERS: Final = _of_live_posts(_OFFER_ID, *OFFER_COLUMNS)
_REQUESTS: Final = _of_live_posts(_REQUEST_ID, *REQUEST_COLUMNS, _POST.updated_at)
_FACTS: Final = Narrowable.by(
    _FACT.post_id,
    select(_FACT.post_id, _FACT.attribute, _FACT.state, _FACT.since, _FACT.level)
    .join(Post.__table__, _POST.id == _FACT.post_id)
    .where(_LIVE),
)
_WISHES: Final = Narrowable.by(
    _WISH.post_id,
    select(_WISH.post_id, _WISH.attribute, _WISH.strength, _WISH.avoid_days, _WISH.level)
    .join(Post.__table__, _POST.id == _WISH.post_id)
    .where(_LIVE),
)
_SHARING: Final[Statement] = select(_CONSENT.user_id).where(
    _CONSENT.purpose == Purpose.HEALTH_SHARE.value, _CONSENT.subject == "", _CONSENT.withdrawn_at.is_(None)
)


@dataclass(frozen=True, slots=True)
class LivePost:
    """The row behind a position of the snapshot."""

    id: int
    public_id: str
    author_id: int
    area_id: AreaId


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """
    The live posts and what stands between them.

    ``offer_rows`` and ``request_rows`` are the rows behind ``offers`` and ``requests``. ``banned`` are pairs of
    positions that may not be proposed, ascending.
    """

    offers: tuple[OfferSide, ...]
    requests: tuple[RequestSide, ...]
    offer_rows: tuple[LivePost, ...]
    request_rows: tuple[LivePost, ...]
    banned: tuple[tuple[int, int], ...]
    held: Held
    room: Room


def snapshot(rules: RoundRules, *, now: datetime, post_ids: Collection[int] | None = None) -> Snapshot:
    """The live posts (only these, when ids are given) by open accounts, as they stand at ``now``."""
    came = arrivals(post_ids)
    offers, requests = _offers(post_ids, now=now), _requests(post_ids, came)
    stands = standing(post_ids, now=now)
    giving, asking = tuple(one.row for one in offers), tuple(one.row for one in requests)
    return Snapshot(
        offers=tuple(one.side for one in offers),
        requests=tuple(one.side for one in requests),
        offer_rows=giving,
        request_rows=asking,
        banned=_banned(giving, asking, stands),
        held=Held(_counts(giving, stands.at_offer), _counts(asking, stands.on_page)),
        room=Room(_room_at_offers(offers, stands, rules), _room_on_pages(requests, stands, came, rules, now)),
    )


@dataclass(frozen=True, slots=True)
class _Given:
    """A live offer; of milk given once, ``side`` holds what is left and ``gone`` says that all of it is promised."""

    row: LivePost
    side: OfferSide
    max_families: int
    gone: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    """A live request; ``side`` counts booked milk as at home, ``stated`` is the stock as the family said it then."""

    row: LivePost
    side: RequestSide
    said: datetime
    stated: Millilitres


def _offers(post_ids: Collection[int] | None, *, now: datetime) -> list[_Given]:
    rows = _rows(_OFFERS, post_ids)
    sharing = _sharing(None if post_ids is None else [row[2] for row in rows])
    facts = _parts(_FACTS, Fact, post_ids)
    today, away = now.date(), promised(post_ids)
    found = []
    for place, row in enumerate(rows):
        offer = OfferView(*row[_PARTS:])
        post = _judged(place, row, offer=offer, facts=facts.get(row[0], ()) if row[2] in sharing else ())
        side, gone = _what_is_left(offer_side(post, offer, today=today), away.get(row[0], 0))
        found.append(_Given(_live(row), side, offer.max_families, gone))
    return found


def _what_is_left(side: OfferSide, away: int) -> tuple[OfferSide, bool]:
    """An offer less what it promised or gave, and whether that was all; the milk of another week is still to come."""
    if side.supply is not Supply.ONCE or not away:
        return side, False
    return replace(side, volume=Millilitres(max(0, side.volume - away))), away >= side.volume


def _requests(post_ids: Collection[int] | None, came: Mapping[int, Sequence[Arrival]]) -> list[_Asked]:
    rows = _rows(_REQUESTS, post_ids)
    wishes = _parts(_WISHES, Wish, post_ids)
    fed = fed_before([row[2] for row in rows]) if post_ids is not None else _fed()
    found = []
    for place, row in enumerate(rows):
        request = RequestView(*row[_PARTS:-1])
        post = _judged(place, row, request=request, wishes=wishes.get(row[0], ()))
        side = request_side(post, request, fed_before=row[2] in fed)
        said = max(row[-1], row[_PARTS - 1] or row[-1])
        helped = sum(one.volume for one in came.get(row[0], ()) if not one.received or one.at > said)
        asked = replace(side, stock=Millilitres(side.stock + helped))
        found.append(_Asked(_live(row), asked, said, side.stock))
    return found


def _rows(posts: Narrowable, post_ids: Collection[int] | None) -> list[Any]:
    """Live posts by open accounts in the order of their public ids."""
    return sorted(posts.rows(post_ids), key=itemgetter(1))


def _parts(
    parts: Narrowable, part: Callable[..., Fact | Wish], post_ids: Collection[int] | None
) -> Mapping[int, tuple[Any, ...]]:
    """The facts or wishes of live posts by post, in the order of their attributes; many say the same."""
    made = lru_cache(maxsize=None)(part)
    found: dict[int, list[Any]] = {}
    for post_id, attribute, said, number, level in parts.rows(post_ids):
        found.setdefault(post_id, []).append(made(attribute, said, number, level))
    by_name = attrgetter("attribute")
    return {post_id: tuple(sorted(some, key=by_name)) for post_id, some in found.items()}


def _sharing(donors: Collection[int] | None) -> frozenset[int]:
    """Those of these donors, or of everybody, who let others know what health facts their offers state."""
    if donors is not None:
        return consenting(donors, Purpose.HEALTH_SHARE)
    return frozenset(row[0] for row in read(_SHARING))


def _fed() -> frozenset[int]:
    """Families whom milk reached before, or for whom some is on its way."""
    return frozenset(row[0] for row in read(fed_families()))


def _live(row: Any) -> LivePost:  # noqa: ANN401 - a row of the statement above.
    return LivePost(row[0], row[1], row[2], AreaId(row[3]))


def _judged(place: int, row: Any, **parts: Any) -> JudgedPost:  # noqa: ANN401 - the parts of a post are of four types.
    return JudgedPost(
        id=place, author_id=row[2], area_id=AreaId(row[3]), travel_km=Kilometres(row[4]), published_at=row[5], **parts
    )


def _banned(offers: Sequence[LivePost], requests: Sequence[LivePost], stands: Standing) -> tuple[tuple[int, int], ...]:
    """Pairs of positions with whom everything is said, or between two people who do not meet."""
    at_offer = {row.id: place for place, row in enumerate(offers)}
    at_request = {row.id: place for place, row in enumerate(requests)}
    found = {
        (at_offer[one], at_request[other]) for one, other in stands.taken if one in at_offer and other in at_request
    }
    giving, asking = _by_author(offers), _by_author(requests)
    for one, other in blocks():
        found.update((offer, request) for offer in giving.get(one, ()) for request in asking.get(other, ()))
    return tuple(sorted(found))


def _by_author(rows: Sequence[LivePost]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for place, row in enumerate(rows):
        found.setdefault(row.author_id, []).append(place)
    return found


def _counts(rows: Sequence[LivePost], counted: Mapping[int, int]) -> NDArray[np.int32]:
    return np.array([counted.get(row.id, 0) for row in rows], dtype=np.int32)


def _room_at_offers(offers: Sequence[_Given], stands: Standing, rules: RoundRules) -> NDArray[np.int32]:
    """Nobody new at an offer whose donor has chosen as many families as she wanted, or whose milk is all promised."""
    most = rules.families_at_offer
    return np.array(
        [most if not one.gone and stands.chosen.get(one.row.id, 0) < one.max_families else 0 for one in offers],
        dtype=np.int32,
    )


def _room_on_pages(
    requests: Sequence[_Asked],
    stands: Standing,
    came: Mapping[int, Sequence[Arrival]],
    rules: RoundRules,
    now: datetime,
) -> NDArray[np.int32]:
    """Nothing unasked for a family that asked for none, has its most open yeses, or has milk enough for now."""
    most = rules.offers_on_page
    return np.array([most if _takes_part(one, stands, came, rules, now) else 0 for one in requests], dtype=np.int32)


def _takes_part(
    one: _Asked, stands: Standing, came: Mapping[int, Sequence[Arrival]], rules: RoundRules, now: datetime
) -> bool:
    if not may_be_proposed(one.side) or one.row.author_id in stands.full:
        return False
    need = one.side.need_per_day
    left = milk_left(one.stated, said=one.said, need_per_day=need, arrivals=came.get(one.row.id, ()), now=now)
    return not is_quiet(left, need, quiet_days=rules.quiet_days)
