"""Writes the invented members and their posts, some thousands at a time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from flask_security import hash_password
from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from app.accounts.models import Consent, User
from app.accounts.rules.consents import TEXTS, Purpose, fingerprint
from app.dev.demo.bulk import draws
from app.dev.demo.bulk.draws import Dice, Row
from app.dev.demo.bulk.homes import homes
from app.dev.demo.story import PASSWORD
from app.geo.areas import AreaId
from app.infra.database import db
from app.infra.transaction import transaction
from app.kernel.ids import new_public_id
from app.posts.models import Offer, Post, PostFact, PostWish, Request
from app.posts.services import add_to_index

AT_ONCE: Final = 20_000
"""Posts written in one transaction; more would only need more memory."""

_CLOSED: Final = 0.01
_SHARES_HEALTH: Final = 0.95
_LIFE: Final = timedelta(days=60)
_TABLES: Final[tuple[Any, ...]] = (User, Consent, Post, Offer, Request, PostFact, PostWish)
Told = Callable[[int], None]


@dataclass(slots=True)
class _Batch:
    """The rows of some posts, table by table."""

    dice: Dice
    now: datetime
    password: str | None
    rows: dict[Any, list[Row]] = field(default_factory=lambda: {table: [] for table in _TABLES})


def fill(
    offers: int,
    requests: int,
    *,
    seed: int,
    now: datetime,
    areas: Sequence[AreaId] | None = None,
    told: Told = lambda _: None,
) -> int:
    """
    Add so many live offers and requests, each by a member of its own, and return the first new post's id.

    The same seed gives the same community but for its public ids. Offers and requests are mixed. Everybody signs in with the demo password at
    ``bulk-<id>@demo.example``. ``areas`` replaces :func:`homes`; ``told`` hears how many posts are written so far.
    """
    first = _next_id()
    dice = Dice(seed)
    many = offers + requests
    lived_in = areas or homes(many, seed)
    password = str(hash_password(PASSWORD))
    kinds = _mixed(offers, requests)
    for start in range(0, many, AT_ONCE):
        batch = _Batch(dice, now, password)
        for offset, area in enumerate(lived_in[start : min(start + AT_ONCE, many)], start=start):
            _add(batch, first + offset, next(kinds), area)
        _write(batch)
        told(min(start + AT_ONCE, many))
    return first


def _next_id() -> int:
    """One id for a member and its post, so that either is easily found from the other."""
    newest = [db.session.scalar(select(func.max(table.id))) or 0 for table in (User, Post)]
    return max(newest) + 1


def _mixed(offers: int, requests: int) -> Iterator[str]:
    """Offers and requests spread evenly, so that a part of the community is like the whole."""
    given = 0
    for number in range(1, offers + requests + 1):
        if given * (offers + requests) < offers * number and given < offers:
            given += 1
            yield "offer"
        else:
            yield "request"


def _write(batch: _Batch) -> None:
    with transaction() as session:
        for table, rows in batch.rows.items():
            if rows:
                session.execute(insert(table), rows)
        add_to_index(session, batch.rows[Post][0]["id"], batch.rows[Post][-1]["id"])
        _move_sequences(session)


def _move_sequences(session: Session) -> None:
    """PostgreSQL counts ids by itself and has to hear of those that were given."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for table in ("users", "posts"):
        newest = f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"  # noqa: S608
        session.execute(text(newest))


def _add(batch: _Batch, number: int, kind: str, area: AreaId) -> None:
    dice = batch.dice
    travel = dice.radius()
    published = dice.moment_before(batch.now)
    batch.rows[User].append(_member(batch, number, area))
    batch.rows[Post].append(_post(batch, number, kind, area, travel, published))
    batch.rows[Consent].extend(_consents(number, batch.now, shares=dice.happens(_SHARES_HEALTH)))
    today = batch.now.date()
    if kind == "offer":
        batch.rows[Offer].append(draws.offer(dice, number, today))
        batch.rows[PostFact].extend(draws.facts(dice, number, today))
    else:
        batch.rows[Request].append(draws.request(dice, number))
        batch.rows[PostWish].extend(draws.wishes(dice, number))


def _member(batch: _Batch, number: int, area: AreaId) -> Row:
    return {
        "id": number, "public_id": new_public_id(), "email": f"bulk-{number}@demo.example",
        "display_name": f"Parent {number}", "password": batch.password, "confirmed_at": batch.now,
        "adult_confirmed_at": batch.now, "created_at": batch.now - _LIFE, "trust": 1, "area_id": area,
        "active": not batch.dice.happens(_CLOSED),
    }  # fmt: skip


def _post(batch: _Batch, number: int, kind: str, area: AreaId, travel: float, published: datetime) -> Row:
    return {
        "id": number, "public_id": new_public_id(), "author_id": number, "kind": kind, "state": "live",
        "area_id": area, "travel_km": travel, "note": "Flat bags. " * batch.dice.below(9), "replace_bags": "unsaid",
        "created_at": published, "updated_at": published, "published_at": published,
        "ends_on": (published + _LIFE).date(), "submit_token": f"bulk-{number}", "version": 1,
    }  # fmt: skip


def _consents(number: int, now: datetime, *, shares: bool) -> list[Row]:
    """What joining needs, and for most also the sharing of health facts."""
    wanted = [text for text in TEXTS.values() if text.required or (shares and text.purpose is Purpose.HEALTH_SHARE)]
    return [
        {
            "user_id": number, "purpose": text.purpose.value, "text_version": text.version,
            "text_hash": _fingerprint(text.purpose), "language": "en", "given_at": now,
        }
        for text in wanted
    ]  # fmt: skip


@cache
def _fingerprint(purpose: Purpose) -> str:
    return fingerprint(TEXTS[purpose].words())
