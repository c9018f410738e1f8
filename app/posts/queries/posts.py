"""Posts as small frozen views, for their authors and for whoever may open them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import bindparam, case, func, literal, or_, select

from app.accounts.queries import agrees, are_blocked, person
from app.accounts.rules.consents import Purpose, versions_from
from app.geo.areas import AreaId
from app.infra.database import db
from app.infra.reading import PlainRow, Statement, among, read
from app.kernel.access import Identity, authorise
from app.kernel.errors import NotFound
from app.kernel.quantities import Kilometres, Millilitres
from app.posts.models import Offer, Post, PostChange, PostFact, PostWish, Request
from app.posts.permissions import CHANGE_POST, SEE_POST
from app.posts.rules import ATTRIBUTES, NAMED_SINCE, Draft, Fact, OfferDraft, PostState, RequestDraft, Wish

_ORDER: Final = {each.key: place for place, each in enumerate(ATTRIBUTES)}


@dataclass(frozen=True, slots=True)
class OfferView:
    """
    The milk of an offer; ``volume_ml`` is set when ``supply`` is ``once``, ``weekly_ml`` when it is ``weekly``.

    ``preference`` orders the donor's own list and is shown to nobody else.
    """

    supply: str
    volume_ml: Millilitres | None
    weekly_ml: Millilitres | None
    pumped_from: date | None
    pumped_to: date | None
    storage: str
    lipase: str
    baby_age_months: int | None
    max_families: int
    smallest_handoff_ml: Millilitres | None
    after_loss: bool
    preference: str


@dataclass(frozen=True, slots=True)
class RequestView:
    """The need of a request; ``shares_need`` says that others may be told how urgent it is."""

    need_ml_per_day: Millilitres
    days: int
    stock_ml: Millilitres
    baby_age_band: str
    term_and_healthy: str
    immediate_allergy: bool
    accepts_asks: bool
    shares_need: bool = False


@dataclass(frozen=True, slots=True)
class PostView:
    """
    A post: exactly one of ``offer`` and ``request`` is set, except in an unfinished draft, which has neither.

    Only the area of its author is known, never a coordinate. ``facts`` are those others may know: none while the author
    does not share health facts (``facts_shared``). ``stated`` are all of them, and empty wherever the view was not made
    for the author.
    """

    id: int
    public_id: str
    author_id: int
    kind: str
    state: PostState
    area_id: AreaId
    travel_km: Kilometres
    note: str
    replace_bags: str
    ends_on: date | None
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None
    version: int
    offer: OfferView | None
    request: RequestView | None
    facts: tuple[Fact, ...]
    wishes: tuple[Wish, ...]
    facts_shared: bool = True
    stated: tuple[Fact, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether everything needed is filled in."""
        return self.offer is not None or self.request is not None

    def fact(self, attribute: str) -> Fact | None:
        """What the donor states of ``attribute``, or None when nothing."""
        return next((fact for fact in self.facts if fact.attribute == attribute), None)


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One change of a post's state; ``actor_id`` is None when time made it."""

    old_state: str | None
    new_state: str
    actor_id: int | None
    reason: str | None
    changed_at: datetime


_POST: Final = Post.__table__.c
_OFFER: Final = Offer.__table__.c
_REQUEST: Final = Request.__table__.c
_FACT: Final = PostFact.__table__.c
_WISH: Final = PostWish.__table__.c
_OF_POST: Final = tuple(
    _POST[name]
    for name in (
        "id", "public_id", "author_id", "kind", "state", "area_id", "travel_km", "note", "replace_bags", "ends_on",
        "created_at", "updated_at", "published_at", "version",
    )
)  # fmt: skip
_OF_OFFER: Final = tuple(_OFFER[each.name] for each in fields(OfferView))
_OF_REQUEST: Final = tuple(_REQUEST[each.name] for each in fields(RequestView) if each.name != "shares_need")
_PURPOSE: Final = case((_POST.kind == "offer", Purpose.HEALTH_SHARE.value), else_=Purpose.NEED_SHARE.value)
_COLLECT: Final = literal(Purpose.HEALTH_COLLECT.value)
_WHOLE: Final[Statement] = (
    select(*_OF_POST, agrees(_POST.author_id, _PURPOSE), _OFFER.post_id, *_OF_OFFER, _REQUEST.post_id, *_OF_REQUEST)
    .select_from(Post.__table__)
    .outerjoin(Offer.__table__, _OFFER.post_id == _POST.id)
    .outerjoin(Request.__table__, _REQUEST.post_id == _POST.id)
)
"""A post with its offer or request, and whether its author shares what belongs to it: a donor her facts, a family its
need."""
_AUTHOR: Final = select(_POST.author_id).where(_POST.id == _FACT.post_id).correlate(PostFact.__table__)
_FACTS: Final[Statement] = select(
    _FACT.post_id, _FACT.attribute, _FACT.state, _FACT.since, _FACT.level
).where(
    among(_FACT.post_id),
    *(
        or_(
            _FACT.attribute != attribute,
            agrees(_AUTHOR.scalar_subquery(), _COLLECT, versions_from(Purpose.HEALTH_COLLECT, since)),
        )
        for attribute, since in NAMED_SINCE.items()
    ),
)  # fmt: skip
"""What donors state, less what the words they agreed to did not name: not even its author reads that."""
_WISHES: Final[Statement] = select(
    _WISH.post_id, _WISH.attribute, _WISH.strength, _WISH.avoid_days, _WISH.level
).where(among(_WISH.post_id))  # fmt: skip

_BY_ID: Final = _WHOLE.where(among(_POST.id))
_BY_PUBLIC_ID: Final = _WHOLE.where(_POST.public_id == bindparam("public_id"))
_LIVE: Final = _BY_ID.where(_POST.state == PostState.LIVE.value)
_OWN: Final = _WHOLE.where(_POST.author_id == bindparam("person")).order_by(_POST.updated_at.desc(), _POST.id.desc())
_LIVE_OF: Final = _WHOLE.where(
    _POST.author_id == bindparam("person"), _POST.kind == bindparam("kind"), _POST.state == PostState.LIVE.value
).order_by(_POST.published_at.desc(), _POST.id.desc())


def _views(statement: Statement, *, for_author: bool = False, **values: Any) -> list[PostView]:  # noqa: ANN401
    """The views of what ``statement`` finds; what health facts others may read hangs on consents in force now."""
    rows = read(statement, **values)
    facts = _parts(_FACTS, Fact, [row[0] for row in rows if row.kind == "offer"])
    wishes = _parts(_WISHES, Wish, [row[0] for row in rows if row.kind == "request"])
    return [
        _shared(_view_of(row, facts.get(row[0], ()), wishes.get(row[0], ())), row[len(_OF_POST)], for_author=for_author)
        for row in rows
    ]


def _view_of(row: PlainRow, facts: tuple[Fact, ...], wishes: tuple[Wish, ...]) -> PostView:
    at_offer = len(_OF_POST) + 1
    at_request = at_offer + 1 + len(_OF_OFFER)
    offer = OfferView(*row[at_offer + 1 : at_request]) if row[at_offer] else None
    request = RequestView(*row[at_request + 1 :]) if row[at_request] else None
    values: list[Any] = [*row[:4], PostState(row.state), *row[5 : len(_OF_POST)], offer, request, facts, wishes]
    return PostView(*values)


def _parts(statement: Statement, part: Callable[..., Any], post_ids: Sequence[int]) -> dict[int, tuple[Any, ...]]:
    """The facts or wishes of each post, in the order of the catalogue."""
    found: dict[int, list[Any]] = {}
    for row in read(statement, ids=post_ids) if post_ids else ():
        found.setdefault(row[0], []).append(part(*row[1:]))
    return {
        post_id: tuple(sorted(some, key=lambda each: _ORDER.get(each.attribute, len(_ORDER))))
        for post_id, some in found.items()
    }


def _shared(view: PostView, shares: bool, *, for_author: bool) -> PostView:  # noqa: FBT001 - one of two names it.
    if view.kind != "offer":
        return replace(view, request=view.request and replace(view.request, shares_need=shares))
    return replace(
        view,
        facts=view.facts if shares else (),
        facts_shared=shares,
        stated=view.facts if for_author else (),
    )


def _one(statement: Statement, *, for_author: bool = False, **values: Any) -> PostView:  # noqa: ANN401
    found = _views(statement, for_author=for_author, **values)
    if not found:
        raise NotFound
    return found[0]


def post(post_id: int) -> PostView:
    """The post of this id, whatever its state; raises :class:`NotFound`."""
    return _one(_BY_ID, ids=[post_id])


def post_by_public_id(public_id: str) -> PostView:
    """The post of this public id, whatever its state; raises :class:`NotFound`. The caller decides who may see it."""
    return _one(_BY_PUBLIC_ID, public_id=public_id)


def posts_by_id(ids: Iterable[int]) -> dict[int, PostView]:
    """The posts of these ids that exist, whatever their state."""
    return {each.id: each for each in _many(_BY_ID, ids)}


def live_posts(ids: Iterable[int]) -> dict[int, PostView]:
    """The live ones of these posts, for lists that others see."""
    return {each.id: each for each in _many(_LIVE, ids)}


def _many(statement: Statement, ids: Iterable[int]) -> list[PostView]:
    wanted = list(set(ids))
    return _views(statement, ids=wanted) if wanted else []


def visible_post(actor: Identity, public_id: str) -> PostView:
    """
    A post as ``actor`` may open it: their own in any state, another's while it is live; else :class:`NotFound`.

    Between two people of whom one blocked the other there are no posts, and none by an account that was shut.
    """
    found = post_by_public_id(public_id)
    authorise(actor, SEE_POST, found)
    if found.author_id == actor.person_id:
        return own_post(actor, public_id)
    if are_blocked(found.author_id, actor.person_id) or not person(found.author_id).active:
        raise NotFound
    return found


def own_post(actor: Identity, public_id: str) -> PostView:
    """A post of ``actor``'s own; another's is :class:`NotFound`."""
    found = _one(_BY_PUBLIC_ID, for_author=True, public_id=public_id)
    authorise(actor, CHANGE_POST, found)
    return found


def own_posts(actor: Identity) -> list[PostView]:
    """Everything ``actor`` has posted or begun, what was touched last first."""
    return _views(_OWN, for_author=True, person=actor.person_id)


def live_posts_of(person_id: int, kind: str) -> list[PostView]:
    """The live posts of one kind by one person, newest first."""
    return _views(_LIVE_OF, person=person_id, kind=kind)


def live_counts() -> dict[str, int]:
    """How many posts of each kind are live; a kind without one is missing."""
    counted = select(Post.kind, func.count()).where(Post.state == PostState.LIVE).group_by(Post.kind)
    return {row[0]: row[1] for row in db.session.execute(counted)}


def changes(post_id: int) -> list[ChangeView]:
    """Every change of a post's state, oldest first."""
    rows = db.session.scalars(select(PostChange).where(PostChange.post_id == post_id).order_by(PostChange.id))
    return [ChangeView(row.old_state, row.new_state, row.actor_id, row.reason, row.changed_at) for row in rows]


def reason_of(post_id: int) -> str | None:
    """The words a moderator gave with the post's last change, or None."""
    last = changes(post_id)[-1:]
    return last[0].reason if last else None


def stock_said_at(post_id: int) -> datetime | None:
    """When the family of a request last said how much milk it has; None where nobody knows, or it is no request."""
    return db.session.scalar(select(Request.stock_said_at).where(Request.post_id == post_id))


def typed_of(actor: Identity, public_id: str) -> Mapping[str, list[str]] | None:
    """An unfinished draft as its author left the form, or None when the post is complete; another's is
    :class:`NotFound`.
    """
    row = db.session.scalars(select(Post).where(Post.public_id == public_id)).unique().one_or_none()
    if row is None:
        raise NotFound
    authorise(actor, CHANGE_POST, row)
    return row.typed


def submit_token_of(actor: Identity, public_id: str) -> str:
    """The token under which a post was begun, so that going on with it stays the same post."""
    own_post(actor, public_id)
    return db.session.scalars(select(Post.submit_token).where(Post.public_id == public_id)).one()


def draft_of(found: PostView) -> Draft | None:
    """The author's own post as a draft to edit, or None for an unfinished one."""
    if found.offer is not None:
        return _offer_draft(found, found.offer)
    return _request_draft(found, found.request) if found.request is not None else None


def _offer_draft(found: PostView, offer: OfferView) -> OfferDraft:
    return OfferDraft(
        supply=offer.supply, volume_ml=offer.volume_ml, weekly_ml=offer.weekly_ml, pumped_from=offer.pumped_from,
        pumped_to=offer.pumped_to, storage=offer.storage, lipase=offer.lipase, baby_age_months=offer.baby_age_months,
        max_families=offer.max_families, smallest_handoff_ml=offer.smallest_handoff_ml, after_loss=offer.after_loss,
        preference=offer.preference,
        travel_km=found.travel_km, note=found.note, replace_bags=found.replace_bags, ends_on=found.ends_on,
        facts=found.stated,
    )  # fmt: skip


def _request_draft(found: PostView, request: RequestView) -> RequestDraft:
    return RequestDraft(
        need_ml_per_day=request.need_ml_per_day, days=request.days, stock_ml=request.stock_ml,
        baby_age_band=request.baby_age_band, term_and_healthy=request.term_and_healthy,
        immediate_allergy=request.immediate_allergy, accepts_asks=request.accepts_asks, travel_km=found.travel_km,
        note=found.note, replace_bags=found.replace_bags, ends_on=found.ends_on, wishes=found.wishes,
    )  # fmt: skip
