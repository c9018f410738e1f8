"""What a member received beside the stated need, for moderators: numbers, and no verdict."""

from dataclasses import dataclass
from datetime import datetime

from app.accounts.queries import PersonView, person_by_public_id
from app.handoffs.queries import disputes_of, received_by
from app.handoffs.rules.absences import REPEATED
from app.handoffs.rules.received import Received
from app.kernel.access import Identity, authorise
from app.moderation.permissions import SEE_MEMBER


@dataclass(frozen=True, slots=True)
class MemberCard:
    """
    A member, and what came to her household in each span of days, the shortest first.

    ``disputes`` counts the missed meetings of half a year about which she and the other said contrary things.
    """

    member: PersonView
    spans: tuple[Received, ...]
    disputes: int = 0

    @property
    def disputes_repeat(self) -> bool:
        """Whether a moderator reads of the contradictions; a single one is nobody's concern."""
        return self.disputes >= REPEATED

    @property
    def has_received(self) -> bool:
        """Whether anything came in the longest span."""
        return any(one.handoffs for one in self.spans)

    @property
    def is_much(self) -> bool:
        """Whether, over the longest span, it is much more than stated; a reason to read on, and to nothing else."""
        return self.spans[-1].is_much


def member_card(actor: Identity, public_id: str, *, now: datetime) -> MemberCard:
    """
    The card of a member for a moderator.

    Raises :class:`~app.kernel.errors.NotFound` for an unknown member, for everyone but moderators, and about oneself.
    Whoever shows it to a moderator logs that it was seen.
    """
    found = person_by_public_id(public_id)
    authorise(actor, SEE_MEMBER, found.id)
    return MemberCard(found, received_by(found.id, now=now), disputes_of(found.id, now=now))
