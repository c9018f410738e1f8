"""On which sides somebody stands: what pages about milk are of use to her."""

from sqlalchemy import exists, or_, select

from app.handoffs.models import Handoff
from app.handoffs.rules.states import Side
from app.infra.transaction import session
from app.kernel.access import Identity
from app.milk.models import Lot
from app.posts.models import Post


def sides_of(actor: Identity) -> frozenset[Side]:
    """
    On which sides ``actor`` has been so far; empty for one who has neither posted nor met anybody.

    A donor is who keeps lots, has written an offer or gives at a handoff; a family has written a request or receives.
    """
    me = actor.person_id
    donor = or_(
        exists().where(Lot.donor_id == me),
        exists().where(Post.author_id == me, Post.kind == "offer"),
        exists().where(Handoff.donor_id == me),
    )
    family = or_(exists().where(Post.author_id == me, Post.kind == "request"), exists().where(Handoff.family_id == me))
    gives, receives = session().execute(select(donor, family)).one()
    return frozenset(side for side, holds in ((Side.DONOR, gives), (Side.FAMILY, receives)) if holds)
