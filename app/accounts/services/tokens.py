"""Use-cases of API tokens: made once, shown once, kept as a digest, revoked at any moment."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from app.accounts.events import TokensRevoked
from app.accounts.models import ApiToken, User
from app.accounts.permissions import MANAGE_OWN_TOKENS
from app.accounts.rules.tokens import (
    MOST_TOKENS,
    PREFIX,
    TOKEN_BYTES,
    TOO_MANY,
    USED_STEP,
    USUAL_DAYS,
    digest,
    made_from,
    opens,
    to_the_hour,
    token_problems,
)
from app.infra import event_bus
from app.infra.transaction import transaction, when_free
from app.kernel.access import Identity, authorise
from app.kernel.errors import Invalid, LimitReached, NotFound
from app.kernel.ids import new_public_id
from app.kernel.text import one_line


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made: ``secret`` is shown to its owner once and kept nowhere."""

    public_id: str
    name: str
    secret: str = field(repr=False)
    created_at: datetime
    expires_at: datetime


def make_token(
    actor: Identity, name: str, *, days: int = USUAL_DAYS, made_with: str | None = None, now: datetime
) -> NewToken:
    """
    Make a token of ``actor``'s own that opens doors for so many days.

    One that is made with another token (``made_with``, its public id) ends with that one at the latest. Raises
    :class:`Invalid` for the name or the days, :class:`LimitReached` for one too many, :class:`NotFound` when the other
    token has ended meanwhile.
    """
    authorise(actor, MANAGE_OWN_TOKENS)
    name = one_line(name)
    problems = token_problems(name, days)
    if problems:
        raise Invalid(problems)
    with transaction() as session:
        _lock_owner(session, actor.person_id)
        maker = _maker(session, actor, made_with, now=now) if made_with else None
        ends = now + timedelta(days=days)
        made = NewToken(
            new_public_id(), name, PREFIX + secrets.token_urlsafe(TOKEN_BYTES), now,
            min(ends, maker.expires_at) if maker else ends,
        )  # fmt: skip
        in_force = select(func.count()).where(
            ApiToken.user_id == actor.person_id, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now
        )
        if (session.scalar(in_force) or 0) >= MOST_TOKENS:
            raise LimitReached(TOO_MANY, code="too_many_tokens")
        session.add(
            ApiToken(
                public_id=made.public_id, user_id=actor.person_id, name=name, digest=digest(made.secret),
                created_at=now, expires_at=made.expires_at, made_with_id=maker.id if maker else None,
            )
        )  # fmt: skip
    return made


def _lock_owner(session: Session, person_id: int) -> None:
    """Let one at a time change somebody's tokens: none is made with one that is being ended, and none too many."""
    session.execute(select(User.id).where(User.id == person_id).with_for_update())


def _maker(session: Session, actor: Identity, public_id: str, *, now: datetime) -> ApiToken:
    found = session.scalars(
        select(ApiToken).where(ApiToken.public_id == public_id, ApiToken.user_id == actor.person_id).with_for_update()
    ).one_or_none()
    if found is None or not opens(expires_at=found.expires_at, revoked_at=found.revoked_at, now=now):
        raise NotFound
    return found


def revoke_token(actor: Identity, public_id: str, *, now: datetime) -> None:
    """
    End one of ``actor``'s own tokens at once, with all that were made with it.

    Ending it twice changes nothing. Another's is :class:`NotFound`.
    """
    authorise(actor, MANAGE_OWN_TOKENS)
    with transaction() as session:
        _lock_owner(session, actor.person_id)
        own = session.execute(
            select(ApiToken.id, ApiToken.made_with_id, ApiToken.public_id).where(ApiToken.user_id == actor.person_id)
        ).all()
        first = next((row.id for row in own if row.public_id == public_id), None)
        if first is None:
            raise NotFound
        ended = made_from(first, [(row.id, row.made_with_id) for row in own])
        _end(session, ApiToken.id.in_(ended), now=now)
        event_bus.record(TokensRevoked(at=now, person_id=actor.person_id))


def revoke_all_tokens(person_id: int, *, now: datetime) -> None:
    """End every token of somebody, as with a new password: whoever knew the old one may have made some."""
    with transaction() as session:
        _lock_owner(session, person_id)
        _end(session, ApiToken.user_id == person_id, now=now)
        event_bus.record(TokensRevoked(at=now, person_id=person_id))


def _end(session: Session, which: ColumnElement[bool], *, now: datetime) -> None:
    session.execute(update(ApiToken).where(which, ApiToken.revoked_at.is_(None)).values(revoked_at=now))


def note_token_used(token_public_id: str, *, now: datetime) -> None:
    """
    Keep the hour of a token's last use; within the same hour nothing is written.

    A reader does not wait for it: while others are writing nothing is kept, and the next call is noted instead.
    """
    hour = to_the_hour(now)
    unnoted = update(ApiToken).where(
        ApiToken.public_id == token_public_id,
        ApiToken.last_used_at.is_(None) | (ApiToken.last_used_at <= hour - USED_STEP),
    )
    when_free(lambda session: session.execute(unnoted.values(last_used_at=hour)))
