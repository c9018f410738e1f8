"""How much waits for one person, in figures alone: for the first page and the list of one's own posts."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select

from app.accounts.queries import blocked_ids
from app.infra.database import db
from app.kernel.access import Identity, authorise
from app.matching.models import Interest
from app.matching.permissions import SEE_MATCHES
from app.matching.rules.life import InterestState, Origin


@dataclass(frozen=True, slots=True)
class ToAnswer:
    """
    What waits for somebody's answer: yeses at each of her offers, invitations to each of her requests.

    Both are counts by the post's id; a post where nobody waits is missing. ``said`` counts her own yeses that wait for
    others. People she blocked, or who blocked her, are not counted.
    """

    yeses: Mapping[int, int]
    invitations: Mapping[int, int]
    said: int


def to_answer(actor: Identity) -> ToAnswer:
    """What waits for ``actor``'s answer, in one read whatever the number of posts."""
    authorise(actor, SEE_MATCHES)
    me, hidden = actor.person_id, blocked_ids(actor.person_id)
    said_yes = and_(Interest.donor_id == me, Interest.origin == Origin.YES, Interest.family_id.not_in(hidden))
    as_family = and_(Interest.family_id == me, Interest.donor_id.not_in(hidden))
    rows = db.session.execute(
        select(Interest.offer_id, Interest.request_id, Interest.family_id, Interest.origin, func.count())
        .where(Interest.state == InterestState.OPEN, or_(said_yes, as_family))
        .group_by(Interest.offer_id, Interest.request_id, Interest.family_id, Interest.origin)
    )
    yeses, invitations, said = Counter[int](), Counter[int](), 0
    for offer_id, request_id, family_id, origin, count in rows:
        if origin == Origin.INVITATION:
            invitations[request_id] += count
        elif family_id == me:
            said += count
        else:
            yeses[offer_id] += count
    return ToAnswer(yeses, invitations, said)
