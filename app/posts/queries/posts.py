"""Posts as small frozen views, for their authors and for whoever may open them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Select, func, select

from app.accounts.queries import are_blocked, consenting, person
from app.accounts.rules.consents import Purpose
from app.geo.areas import AreaId
from app.infra.database import db
from app.kernel.access import Identity, authorise
from app.kernel.errors import NotFound
from app.kernel.quantities import Kilometres, Millilitres
from app.posts.models import Offer, Post, PostChange, Request
from app.posts.permissions import CHANGE_POST, SEE_POST
from app.posts.rules import ATTRIBUTES, Draft, Fact, OfferDraft, PostState, RequestDraft, Wish

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


def _offer_view(row: Offer) -> OfferView:
    return OfferView(
        row.supply, _volume(row.volume_ml), _volume(row.weekly_ml), row.pumped_from, row.pumped_to, row.storage,
        row.lipase, row.baby_age_months, row.max_families, _volume(row.smallest_handoff_ml), row.after_loss,
        row.preference,
    )  # fmt: skip


def _volume(amount: int | None) -> Millilitres | None:
    return None if amount is None else Millilitres(amount)


def _request_view(row: Request) -> RequestView:
    return RequestView(
        Millilitres(row.need_ml_per_day), row.days, Millilitres(row.stock_ml), row.baby_age_band, row.term_and_healthy,
        row.immediate_allergy, row.accepts_asks,
    )  # fmt: skip


def _view_of(row: Post) -> PostView:
    return PostView(
        id=row.id, public_id=row.public_id, author_id=row.author_id, kind=row.kind, state=PostState(row.state),
        area_id=AreaId(row.area_id), travel_km=Kilometres(row.travel_km), note=row.note,
        replace_bags=row.replace_bags, ends_on=row.ends_on, created_at=row.created_at, updated_at=row.updated_at,
        published_at=row.published_at, version=row.version,
        offer=_offer_view(row.offer) if row.offer else None,
        request=_request_view(row.request) if row.request else None,
        facts=tuple(Fact(each.attribute, each.state, each.since, each.level) for each in _by_attribute(row.facts)),
        wishes=tuple(
            Wish(each.attribute, each.strength, each.avoid_days, each.level) for each in _by_attribute(row.wishes)
        ),
    )  # fmt: skip


def _by_attribute(rows: list[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: _ORDER.get(row.attribute, len(_ORDER)))


def _views(statement: Select[Post], *, for_author: bool = False) -> list[PostView]:
    """The views of what ``statement`` finds; what health facts others may read hangs on consents in force now."""
    found = [_view_of(row) for row in db.session.scalars(statement).unique()]
    sharing = consenting((view.author_id for view in found if view.offer), Purpose.HEALTH_SHARE)
    urgent = consenting((view.author_id for view in found if view.request), Purpose.NEED_SHARE)
    return [
        _shared(view, view.author_id in (urgent if view.request else sharing), for_author=for_author) for view in found
    ]


def _shared(view: PostView, shares: bool, *, for_author: bool) -> PostView:  # noqa: FBT001 - one of two names it.
    if view.kind != "offer":
        return replace(view, request=view.request and replace(view.request, shares_need=shares))
    return replace(
        view,
        facts=view.facts if shares else (),
        facts_shared=shares,
        stated=view.facts if for_author else (),
    )


def _one(statement: Select[Post], *, for_author: bool = False) -> PostView:
    found = _views(statement, for_author=for_author)
    if not found:
        raise NotFound
    return found[0]


def post(post_id: int) -> PostView:
    """The post of this id, whatever its state; raises :class:`NotFound`."""
    return _one(select(Post).where(Post.id == post_id))


def post_by_public_id(public_id: str) -> PostView:
    """The post of this public id, whatever its state; raises :class:`NotFound`. The caller decides who may see it."""
    return _one(select(Post).where(Post.public_id == public_id))


def posts_by_id(ids: Iterable[int]) -> dict[int, PostView]:
    """The posts of these ids that exist, whatever their state."""
    return {each.id: each for each in _views(select(Post).where(Post.id.in_(list(ids))))}


def live_posts(ids: Iterable[int]) -> dict[int, PostView]:
    """The live ones of these posts, for lists that others see."""
    live = select(Post).where(Post.id.in_(list(ids)), Post.state == PostState.LIVE)
    return {each.id: each for each in _views(live)}


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
    found = _one(select(Post).where(Post.public_id == public_id), for_author=True)
    authorise(actor, CHANGE_POST, found)
    return found


def own_posts(actor: Identity) -> list[PostView]:
    """Everything ``actor`` has posted or begun, what was touched last first."""
    mine = select(Post).where(Post.author_id == actor.person_id).order_by(Post.updated_at.desc(), Post.id.desc())
    return _views(mine, for_author=True)


def live_posts_of(person_id: int, kind: str) -> list[PostView]:
    """The live posts of one kind by one person, newest first."""
    return _views(
        select(Post)
        .where(Post.author_id == person_id, Post.kind == kind, Post.state == PostState.LIVE)
        .order_by(Post.published_at.desc(), Post.id.desc())
    )


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
