"""What people do with proposals: look at them, and quietly pass on one."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.infra import event_bus
from app.infra.transaction import transaction
from app.kernel.access import Identity, authorise
from app.kernel.errors import Conflict, NotFound
from app.kernel.ids import new_public_id
from app.kernel.words import N_
from app.matching.events import PairPassedOn
from app.matching.models import Interest, Proposal
from app.matching.permissions import SEE_PAIR
from app.matching.queries.pairs import TwoPeople, posts_of_pair
from app.matching.rules.life import InterestState
from app.matching.rules.proposals import PROPOSAL_LIFE, ProposalState
from app.matching.services.rows import lock_pair
from app.posts.queries import PostView, own_post

_ANSWER_FIRST = N_("One of you has spoken already. Please answer that, or take back what you said.")


def mark_seen(actor: Identity, request_public_id: str, *, now: datetime) -> int:
    """
    Note that the family looked at its page, and return how many proposals it had not seen before.

    Raises :class:`NotFound` for somebody else's request.
    """
    own = own_post(actor, request_public_id)
    new = update(Proposal).where(
        Proposal.request_id == own.id, Proposal.state == ProposalState.SHOWN, Proposal.seen_at.is_(None)
    )
    with transaction() as session:
        seen = session.execute(new.values(seen_at=now).execution_options(synchronize_session=False))
        return int(seen.rowcount)  # type: ignore[attr-defined]


def pass_on(actor: Identity, offer_public_id: str, request_public_id: str, *, now: datetime) -> None:
    """
    Pass on a pair: "not for us", never asked why, never shown again, and nobody is told.

    Passing twice changes nothing. Raises :class:`NotFound` for anybody but the two people, :class:`Conflict` while a
    yes or an invitation between the two waits for an answer.
    """
    with transaction() as session:
        lock_pair(session, offer_public_id, request_public_id)
        offer, request = posts_of_pair(offer_public_id, request_public_id)
        authorise(actor, SEE_PAIR, TwoPeople(offer.author_id, request.author_id))
        if offer.author_id == request.author_id:
            raise NotFound
        if _state_between(session, offer.id, request.id) == InterestState.OPEN:
            raise Conflict(_ANSWER_FIRST, code="answer_first")
        row = _row(session, offer, request)
        if row.state == ProposalState.DECLINED:
            return
        row.state, row.passed_by_id, row.ended_at = ProposalState.DECLINED, actor.person_id, now
        session.flush()
        event_bus.record(PairPassedOn(at=now, offer_id=offer.id, request_id=request.id, passed_by_id=actor.person_id))


def _state_between(session: Session, offer_id: int, request_id: int) -> str | None:
    return session.scalars(
        select(Interest.state).where(Interest.offer_id == offer_id, Interest.request_id == request_id)
    ).one_or_none()


def _row(session: Session, offer: PostView, request: PostView) -> Proposal:
    """The pair's row, or a new one for two who found each other without a round; the caller sets its state."""
    row = between(session, offer.id, request.id)
    if row is None:
        row = Proposal(
            public_id=new_public_id(), offer_id=offer.id, request_id=request.id, donor_id=offer.author_id,
            family_id=request.author_id, state=ProposalState.CLOSED,
        )  # fmt: skip
        session.add(row)
    return row


def between(session: Session, offer_id: int, request_id: int) -> Proposal | None:
    """The one proposal there may ever be between two posts."""
    wanted = select(Proposal).where(Proposal.offer_id == offer_id, Proposal.request_id == request_id)
    return session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()


def note_answer(session: Session, offer_id: int, request_id: int, *, now: datetime) -> None:
    """One of the two spoke: the proposal, if there was one, has done its work."""
    row = between(session, offer_id, request_id)
    if row is not None and PROPOSAL_LIFE.require(ProposalState(row.state), ProposalState.ANSWERED):
        row.state, row.passed_by_id, row.ended_at = ProposalState.ANSWERED, None, now
        session.flush()


def close_proposals(post_id: int, *, now: datetime) -> int:
    """Take the proposals of a post nobody can meet now off the pages, and return how many; nobody is told."""
    of_post = (Proposal.offer_id == post_id) | (Proposal.request_id == post_id)
    shown = update(Proposal).where(of_post, Proposal.state == ProposalState.SHOWN)
    with transaction() as session:
        closed = session.execute(
            shown.values(state=ProposalState.CLOSED, ended_at=now).execution_options(synchronize_session=False)
        )
        return int(closed.rowcount)  # type: ignore[attr-defined]
