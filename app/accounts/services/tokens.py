"""Use-cases of API tokens: made once, shown once, kept as a digest, revoked at any moment."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

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
    to_the_hour,
    token_problems,
)
from app.infra.transaction import transaction
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
    actor: Identity, name: str, *, days: int = USUAL_DAYS, not_after: datetime | None = None, now: datetime
) -> NewToken:
    """
    Make a token of ``actor``'s own that opens doors for so many days, but never past ``not_after``.

    Raises :class:`Invalid` for the name or the days, :class:`LimitReached` for one too many.
    """
    authorise(actor, MANAGE_OWN_TOKENS)
    name = one_line(name)
    problems = token_problems(name, days)
    if problems:
        raise Invalid(problems)
    ends = now + timedelta(days=days)
    made = NewToken(
        new_public_id(), name, PREFIX + secrets.token_urlsafe(TOKEN_BYTES), now, min(ends, not_after or ends)
    )
    with transaction() as session:
        session.execute(select(User.id).where(User.id == actor.person_id).with_for_update())
        in_force = select(func.count()).where(
            ApiToken.user_id == actor.person_id, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now
        )
        if (session.scalar(in_force) or 0) >= MOST_TOKENS:
            raise LimitReached(TOO_MANY, code="too_many_tokens")
        session.add(
            ApiToken(
                public_id=made.public_id, user_id=actor.person_id, name=name, digest=digest(made.secret),
                created_at=now, expires_at=made.expires_at,
            )
        )  # fmt: skip
    return made


def revoke_token(actor: Identity, public_id: str, *, now: datetime) -> None:
    """End one of ``actor``'s own tokens at once; ending it twice changes nothing. Another's is :class:`NotFound`."""
    authorise(actor, MANAGE_OWN_TOKENS)
    with transaction() as session:
        own = select(ApiToken).where(ApiToken.public_id == public_id, ApiToken.user_id == actor.person_id)
        found = session.scalars(own.with_for_update()).one_or_none()
        if found is None:
            raise NotFound
        found.revoked_at = found.revoked_at or now


def revoke_all_tokens(person_id: int, *, now: datetime) -> None:
    """End every token of somebody, as with a new password: whoever knew the old one may have made some."""
    with transaction() as session:
        session.execute(
            update(ApiToken)
            .where(ApiToken.user_id == person_id, ApiToken.revoked_at.is_(None))
            .values(revoked_at=now)
        )  # fmt: skip


def note_token_used(token_public_id: str, *, now: datetime) -> None:
    """Keep the hour of a token's last use; within the same hour nothing is written."""
    hour = to_the_hour(now)
    with transaction() as session:
        session.execute(
            update(ApiToken)
            .where(
                ApiToken.public_id == token_public_id,
                ApiToken.last_used_at.is_(None) | (ApiToken.last_used_at <= hour - USED_STEP),
            )
            .values(last_used_at=hour)
        )
