"""Let a donor give again after it was decided that her offers go on resting."""

from datetime import datetime

from app.accounts.queries import person_by_public_id
from app.infra.transaction import transaction
from app.kernel.access import Identity, authorise
from app.kernel.errors import Conflict
from app.milk.queries import rest_of
from app.milk.services import rests
from app.moderation.models import Case
from app.moderation.permissions import SEE_MEMBER
from app.moderation.queries.cases import waiting_for
from app.moderation.rules import TargetKind


def let_give(actor: Identity, member_public_id: str, *, now: datetime) -> None:
    """
    Let a member whose offers rest show them again, and tell her.

    Raises :class:`NotFound` as the member's page does, and :class:`Conflict` when nothing of hers rests, or a case
    about it waits: that one is decided.
    """
    with transaction():
        found = person_by_public_id(member_public_id)
        authorise(actor, SEE_MEMBER, found.id)
        resting = rest_of(found.id)
        if resting is None or waiting_for(Case.target_kind == TargetKind.GIVING, Case.target_id == resting.id):
            raise Conflict
        rests.lift(resting.id, actor.person_id, now=now)
