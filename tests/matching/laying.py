"""Lays live posts straight into the tables: whole worlds for the tests of the index."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, insert

from app.accounts.models import Consent, User
from app.accounts.rules.consents import Purpose
from app.infra.transaction import transaction
from app.kernel.ids import new_public_id
from app.posts.models import Offer, Post, PostFact, PostIndex, PostWish, Request
from app.posts.rules import Fact, Wish
from app.posts.services import add_to_index
from tests.conftest import NOW


@dataclass(frozen=True, kw_only=True)
class Laid:
    """A live post; its number in the list, from 1, is its id."""

    area: int
    travel: float
    kind: str = "offer"
    facts: tuple[Fact, ...] = ()
    wishes: tuple[Wish, ...] = ()
    accepts_asks: bool = True
    volume: int = 1000
    storage: str = "freezer"
    published: datetime = NOW
    pumped: date | None = None


def lay_out(posts: Sequence[Laid]) -> None:
    """Put these posts, all by one member who shares health facts, in the place of all there were."""
    with transaction() as session:
        for table in (PostIndex, PostFact, PostWish, Offer, Request, Post):
            session.execute(delete(table))
        if session.get(User, 1) is None:
            session.execute(insert(User), [_member()])
            session.execute(insert(Consent), [_consent()])
        for number, laid in enumerate(posts, 1):
            session.execute(insert(Post), [_post(number, laid)])
            session.execute(insert(Offer if laid.kind == "offer" else Request), [_details(number, laid)])
            session.add_all(
                PostFact(post_id=number, attribute=each.attribute, state=each.state, since=each.since, level=each.level)
                for each in laid.facts
            )
            session.add_all(
                PostWish(post_id=number, attribute=each.attribute, strength=each.strength, level=each.level)
                for each in laid.wishes
            )
        add_to_index(session, 1, len(posts))


def _member():
    return {"id": 1, "public_id": new_public_id(), "email": "i@x", "created_at": NOW, "display_name": "I", "trust": 1}


def _consent():
    return {
        "user_id": 1, "purpose": Purpose.HEALTH_SHARE, "text_version": "1", "text_hash": "", "language": "en",
        "given_at": NOW,
    }  # fmt: skip


def _post(number, laid):
    return {
        "id": number, "public_id": new_public_id(), "author_id": 1, "kind": laid.kind, "state": "live",
        "area_id": laid.area, "travel_km": laid.travel, "created_at": NOW, "updated_at": NOW,
        "published_at": laid.published, "submit_token": f"n{number}",
    }  # fmt: skip


def _details(number, laid):
    if laid.kind == "offer":
        return {
            "post_id": number, "supply": "once", "volume_ml": laid.volume, "storage": laid.storage,
            "pumped_from": laid.pumped, "pumped_to": laid.pumped,
        }  # fmt: skip
    return {
        "post_id": number, "need_ml_per_day": laid.volume, "days": 1, "baby_age_band": "0_3",
        "accepts_asks": laid.accepts_asks,
    }  # fmt: skip
