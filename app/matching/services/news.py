"""
Tells families that something new is on their page, once: gently, and not again while they have not looked.

A job after the round's commit, a few hundred pages at a time, so that nobody else waits for it.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from app.infra import event_bus, jobs
from app.infra.transaction import transaction
from app.matching.events import MatchesShown
from app.matching.models import Proposal
from app.matching.rules.proposals import ProposalState
from app.notifications.queries import unread_paths
from app.notifications.services import notify
from app.posts.models import Post

TELL_NEW: Final = "matching.tell_new"
NEW_MATCHES: Final = "matches_new"
_AT_ONCE: Final = 200


def tell_new(*, round_id: int, after: int = 0, now: datetime) -> None:
    """Tell the families on whose pages this round put something, from the request ``after`` on; then go on later."""
    with transaction() as session:
        new = (
            select(Proposal.request_id, Proposal.family_id, Post.public_id, func.count())
            .join(Post, Post.id == Proposal.request_id)
            .where(
                Proposal.round_id == round_id,
                Proposal.state == ProposalState.SHOWN,
                Proposal.seen_at.is_(None),
                Proposal.request_id > after,
            )
            .group_by(Proposal.request_id, Proposal.family_id, Post.public_id)
            .order_by(Proposal.request_id)
            .limit(_AT_ONCE)
        )
        pages = session.execute(new).all()
        waiting = unread_paths((page[1] for page in pages), NEW_MATCHES)
        for request_id, family_id, public_id, offers in pages:
            path = f"/matches/{public_id}"
            event_bus.record(MatchesShown(at=now, request_id=request_id, family_id=family_id, offers=offers))
            if (family_id, path) not in waiting:
                item = f"{NEW_MATCHES}:{public_id}:{round_id}"
                notify(family_id, NEW_MATCHES, item=item, path=path, mail=True, now=now)
        if len(pages) == _AT_ONCE:
            last = pages[-1][0]
            jobs.enqueue(
                TELL_NEW, {"round_id": round_id, "after": last}, now=now, unique_key=f"{TELL_NEW}:{round_id}:{last}"
            )
