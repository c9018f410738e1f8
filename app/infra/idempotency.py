"""
A request repeated under the same key has one effect and one answer.

The key is claimed in the transaction of its effect: both are there after the commit, or neither. Somebody else's
transaction with the same key waits for it (SQLite by its one writer, PostgreSQL at the unique index) and then reads the
answer. Answers hold ids and states, never what people wrote.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import String, Text, UniqueConstraint, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.infra.database import Base
from app.infra.transaction import attempt, transaction, violated
from app.kernel.errors import DomainError
from app.kernel.words import N_

REMEMBERED: Final = timedelta(hours=48)
LONGEST_KEY: Final = 200
_UNIQUE: Final = ("uq_idempotency_keys_person_key", "idempotency_keys.person_id, idempotency_keys.key")


class IdempotencyKey(Base):
    """What was answered to one person's request under one key; ``location`` is empty when there was none."""

    __tablename__ = "idempotency_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int]
    key: Mapped[str] = mapped_column(String(LONGEST_KEY))
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    location: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (UniqueConstraint("person_id", "key", name="uq_idempotency_keys_person_key"),)


class KeyReused(DomainError):  # noqa: N818 - reads as what the caller did.
    """The key belongs to another request."""

    code = "idempotency_key_reused"
    status = 422
    default_message = N_("This Idempotency-Key was used for another request. Please take a new one.")


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON answer as it is kept; ``repeated`` when it is that of an earlier request."""

    status: int
    body: str
    location: str = ""
    repeated: bool = False


def request_hash(*parts: bytes) -> str:
    """One digest of everything that makes a request the same: method, path, body."""
    return hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def once(
    person_id: int, key: str, fingerprint: str, act: Callable[[], tuple[Answer, Answer]], *, now: datetime
) -> Answer:
    """
    Run ``act`` at most once under ``key``, and return its answer, or the kept one of the first time.

    ``act`` returns the answer for now and the one to keep, which differ where the first holds a secret. When it raises,
    nothing is kept and the key is free again. Raises :class:`KeyReused` for a key of another request.
    """
    with transaction() as session:
        session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < now - REMEMBERED))
        claimed = _claim(session, person_id, key, fingerprint, now=now)
        if claimed is None:
            return _earlier(session, person_id, key, fingerprint)
        answer, kept = act()
        row = session.get_one(IdempotencyKey, claimed)
        row.status, row.body, row.location = kept.status, kept.body, kept.location
        return answer


def _claim(session: Session, person_id: int, key: str, fingerprint: str, *, now: datetime) -> int | None:
    """The id of the new claim, or None when the key is taken."""
    row = IdempotencyKey(
        person_id=person_id, key=key, request_hash=fingerprint, status=0, body="", location="", created_at=now
    )
    try:
        with attempt(session):
            session.add(row)
    except IntegrityError as error:
        if not any(violated(error, name) for name in _UNIQUE):
            raise
        return None
    return row.id


def _earlier(session: Session, person_id: int, key: str, fingerprint: str) -> Answer:
    row = session.scalars(
        select(IdempotencyKey).where(IdempotencyKey.person_id == person_id, IdempotencyKey.key == key)
    ).one()
    if row.request_hash != fingerprint:
        raise KeyReused
    return Answer(row.status, row.body, row.location, repeated=True)
