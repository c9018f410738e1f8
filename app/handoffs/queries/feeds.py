"""Whose calendar a secret address is, and the agreed meetings that stand in it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.accounts.queries import PersonView, person
from app.handoffs.models import Handoff, HandoffFeed
from app.handoffs.queries.joined import Donor, Family
from app.handoffs.rules.feeds import digest_of
from app.handoffs.rules.states import HELD
from app.infra.transaction import session
from app.kernel.access import Identity
from app.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class MeetingView:
    """An agreed handoff as it stands in a calendar."""

    public_id: str
    other_name: str
    window_start: datetime
    window_end: datetime


def feed_made_at(actor: Identity) -> datetime | None:
    """Since when ``actor``'s calendar has the address it has; None when it has none."""
    return session().scalar(select(HandoffFeed.created_at).where(HandoffFeed.user_id == actor.person_id))


def fed_by(secret: str) -> PersonView:
    """Whose calendar the address is; :class:`NotFound` when it is nobody's, has ended, or the account is shut."""
    found = session().scalar(select(HandoffFeed.user_id).where(HandoffFeed.digest == digest_of(secret)))
    whose = person(found) if found is not None else None
    if whose is None or not whose.active:
        raise NotFound
    return whose


def meetings_of(person_id: int, *, limit: int = 200) -> list[MeetingView]:
    """Somebody's latest agreed handoffs, by time; what is called off, declined or done is not there."""
    rows = session().execute(
        select(
            Handoff.public_id, Handoff.donor_id, Donor.display_name, Family.display_name, Handoff.window_start,
            Handoff.window_end,
        )
        .join(Donor, Donor.id == Handoff.donor_id)
        .join(Family, Family.id == Handoff.family_id)
        .where((Handoff.donor_id == person_id) | (Handoff.family_id == person_id))
        .where(Handoff.state.in_(HELD))
        .order_by(Handoff.window_start.desc())
        .limit(limit)
    ).all()  # fmt: skip
    return [
        MeetingView(public_id, family if donor_id == person_id else donor, start, end)
        for public_id, donor_id, donor, family, start, end in reversed(rows)
    ]
