"""Shared by the use-cases of posts: loading a row to change it, and filling it from a draft."""

from dataclasses import astuple
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.queries import PersonView
from app.kernel.access import Identity, authorise
from app.kernel.errors import Invalid, NotFound
from app.kernel.text import plain_text
from app.milk.services import note_statement
from app.posts.models import Offer, Post, PostFact, PostWish, Request
from app.posts.permissions import CHANGE_POST
from app.posts.rules import Draft, OfferDraft, RequestDraft, check


def today_of(author: PersonView, now: datetime) -> date:
    """The author's own calendar day at ``now``."""
    return now.astimezone(ZoneInfo(author.timezone)).date()


def load_own(session: Session, actor: Identity, public_id: str) -> Post:
    """The row of ``actor``'s own post, locked until the end of the transaction; another's is :class:`NotFound`."""
    wanted = select(Post).where(Post.public_id == public_id).with_for_update(of=Post)
    row = session.scalars(wanted).unique().one_or_none()
    if row is None:
        raise NotFound
    authorise(actor, CHANGE_POST, row)
    return row


def load(session: Session, post_id: int) -> Post:
    """The row of any post, locked until the end of the transaction; raises :class:`NotFound`."""
    row = session.scalars(select(Post).where(Post.id == post_id).with_for_update(of=Post)).unique().one_or_none()
    if row is None:
        raise NotFound
    return row


def stand_where_author_is(row: Post, who: PersonView) -> None:
    """Put the post into its author's area of now: a post never stands where its author no longer lives."""
    if who.area_id is not None:
        row.area_id = who.area_id


def require_sound(draft: Draft, *, today: date) -> None:
    """Raise :class:`Invalid` with the reasons per field when ``draft`` cannot be posted today."""
    reasons = check(draft, today=today)
    if reasons:
        raise Invalid(reasons)


def fill(session: Session, row: Post, draft: Draft, *, now: datetime) -> None:
    """Write everything a sound draft says into the row and its parts; what stood there before is gone."""
    row.travel_km = draft.travel_km
    row.note = plain_text(draft.note)
    row.replace_bags = draft.replace_bags
    row.ends_on = draft.ends_on
    row.typed = None
    row.updated_at = now
    row.facts.clear()
    row.wishes.clear()
    # The old answers leave before the new ones come, because one attribute is answered once.
    session.flush()
    if isinstance(draft, OfferDraft):
        _fill_offer(row, draft)
        note_statement(row.author_id, (astuple(fact) for fact in draft.facts), now=now)
    else:
        _fill_request(row, draft)
    session.flush()


def _fill_offer(row: Post, draft: OfferDraft) -> None:
    offer = row.offer or Offer()
    once = draft.supply == "once"
    offer.supply = draft.supply
    offer.volume_ml = draft.volume_ml if once else None
    offer.weekly_ml = None if once else draft.weekly_ml
    offer.pumped_from = draft.pumped_from
    offer.pumped_to = draft.pumped_to
    offer.storage = draft.storage
    offer.lipase = draft.lipase
    offer.baby_age_months = None if draft.after_loss else draft.baby_age_months
    offer.max_families = draft.max_families
    offer.smallest_handoff_ml = draft.smallest_handoff_ml
    offer.after_loss = draft.after_loss
    offer.preference = draft.preference
    row.offer = offer
    row.facts.extend(
        PostFact(attribute=fact.attribute, state=fact.state, since=fact.since, level=fact.level) for fact in draft.facts
    )


def _fill_request(row: Post, draft: RequestDraft) -> None:
    request = row.request or Request()
    if row.request is None or request.stock_ml != draft.stock_ml:
        # An edit of something else repeats the old figure, which was true on its own day.
        request.stock_said_at = row.updated_at
    request.need_ml_per_day = draft.need_ml_per_day
    request.days = draft.days
    request.stock_ml = draft.stock_ml
    request.baby_age_band = draft.baby_age_band
    request.term_and_healthy = draft.term_and_healthy
    request.immediate_allergy = draft.immediate_allergy
    request.accepts_asks = draft.accepts_asks
    row.request = request
    row.wishes.extend(
        PostWish(attribute=wish.attribute, strength=wish.strength, avoid_days=wish.avoid_days, level=wish.level)
        for wish in draft.wishes
    )
