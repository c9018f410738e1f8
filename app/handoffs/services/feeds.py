"""A person's calendar by a secret address: made, made anew, ended."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from app.handoffs.models import HandoffFeed
from app.handoffs.permissions import FOLLOW
from app.handoffs.rules.feeds import digest_of, new_secret
from app.infra.transaction import attempt, transaction
from app.kernel.access import Identity, authorise
from app.kernel.errors import Conflict


def renew_feed(actor: Identity, *, now: datetime) -> str:
    """
    Give ``actor`` a new secret address and return its secret, which is kept nowhere; the one before ends at once.

    Each person has one. Raises :class:`Conflict` when the same person made another in the same moment.
    """
    authorise(actor, FOLLOW)
    secret = new_secret()
    with transaction() as session:
        session.execute(delete(HandoffFeed).where(HandoffFeed.user_id == actor.person_id))
        try:
            with attempt(session):
                session.add(HandoffFeed(user_id=actor.person_id, digest=digest_of(secret), created_at=now))
        except IntegrityError as error:
            raise Conflict from error
    return secret


def end_feed(actor: Identity) -> None:
    """End ``actor``'s address at once; ending what is not there changes nothing."""
    authorise(actor, FOLLOW)
    with transaction() as session:
        session.execute(delete(HandoffFeed).where(HandoffFeed.user_id == actor.person_id))
