"""Writes a round whole: everything it frees and everything it proposes in one transaction, the news about it after."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Table, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import Update

from app.accounts.models import Block, User
from app.infra import jobs
from app.infra.reading import Narrowable
from app.infra.transaction import attempt, transaction, violated
from app.kernel.ids import new_public_id
from app.matching.configuration import matching_rules
from app.matching.models import Proposal, Round
from app.matching.queries.snapshot import LivePost
from app.matching.queries.standing import Standing, blocks, standing
from app.matching.rules.proposals import LOOKED_AT, ProposalState
from app.matching.services.news import TELL_NEW
from app.posts.models import Post
from app.posts.rules import PostState

_POST: Final = Post.__table__.c
_PERSON: Final = User.__table__.c
_PROPOSAL: Final = Proposal.__table__.c
_LOCK_POSTS: Final = Narrowable.by(
    _POST.id, select(_POST.id, _POST.state).order_by(_POST.id).with_for_update(key_share=True)
)
_LOCK_PEOPLE: Final = Narrowable.by(_PERSON.id, select(_PERSON.id).order_by(_PERSON.id).with_for_update(key_share=True))
_PAIRS: Final = Narrowable.by(_PROPOSAL.offer_id, select(_PROPOSAL.id, _PROPOSAL.offer_id, _PROPOSAL.request_id))


@dataclass(frozen=True, slots=True)
class Chosen:
    """A pair a round proposes, with its points in hundredths; the points stay on the server."""

    offer: LivePost
    request: LivePost
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a round is about to do; ``slot`` is None for a micro-round."""

    slot: int | None
    offers: int
    requests: int
    candidates: int
    chosen: tuple[Chosen, ...]
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundResult:
    """
    What a round did.

    ``repeated`` says that it had been held before and nothing was done now. ``digest`` is that of the plan; ``chosen``
    counts what was written, less than planned when somebody was faster.
    """

    round_id: int
    kind: str
    offers: int
    requests: int
    candidates: int
    chosen: int
    lapsed: int
    digest: str
    repeated: bool = False


def carry_out(plan: Plan, *, now: datetime) -> RoundResult:
    """
    Write a planned round, all or nothing.

    What changed since it was planned is looked at again under the locks of the posts and families concerned: a pair
    that was spoken for, blocked or closed in the meantime, or for which there is no room any more, is left out.
    """
    with transaction() as session:
        row, is_new = _open_round(session, plan, now=now)
        if not is_new:
            return _result(row, repeated=True)
        if plan.slot is not None:
            row.lapsed = _lapse(session, now=now)
            _close_between_blocked(session, now=now)
        written = _still_possible(plan, now=now)
        _write(session, row, written, now=now)
        row.chosen = len(written)
        session.flush()
        if written:
            jobs.enqueue(TELL_NEW, {"round_id": row.id}, now=now, unique_key=f"{TELL_NEW}:{row.id}")
        return _result(row)


def _open_round(session: Session, plan: Plan, *, now: datetime) -> tuple[Round, bool]:
    held = _held(session, plan.slot)
    if held is not None:
        return held, False
    row = Round(
        kind="micro" if plan.slot is None else "full", slot=plan.slot, held_at=now, offers=plan.offers,
        requests=plan.requests, candidates=plan.candidates, chosen=0, lapsed=0, digest=plan.digest,
    )  # fmt: skip
    try:
        with attempt(session):
            session.add(row)
    except IntegrityError as error:
        held = _held(session, plan.slot)
        if held is None or not (violated(error, "uq_rounds_slot") or violated(error, "rounds.slot")):
            raise
        return held, False
    return row, True


def _held(session: Session, slot: int | None) -> Round | None:
    if slot is None:
        return None
    return session.scalars(select(Round).where(Round.slot == slot)).one_or_none()


def _result(row: Round, *, repeated: bool = False) -> RoundResult:
    return RoundResult(
        round_id=row.id, kind=row.kind, offers=row.offers, requests=row.requests, candidates=row.candidates,
        chosen=row.chosen, lapsed=row.lapsed, digest=row.digest, repeated=repeated,
    )  # fmt: skip


def _lapse(session: Session, *, now: datetime) -> int:
    """Free every pair whose time on the page is over, and return how many."""
    unseen = Proposal.seen_at.is_(None) & (Proposal.shown_at <= now - matching_rules().rounds.unseen)
    left = Proposal.seen_at <= now - LOOKED_AT
    over = update(Proposal).where(Proposal.state == ProposalState.SHOWN, unseen | left)
    return _end(session, over, ProposalState.LAPSED, now=now)


def _close_between_blocked(session: Session, *, now: datetime) -> int:
    """Take what stands between two people of whom one has blocked the other off the page; nobody is told."""
    blocked = select(Block.id).where(
        ((Block.blocker_id == Proposal.donor_id) & (Block.blocked_id == Proposal.family_id))
        | ((Block.blocker_id == Proposal.family_id) & (Block.blocked_id == Proposal.donor_id))
    )
    over = update(Proposal).where(Proposal.state == ProposalState.SHOWN, blocked.exists())
    return _end(session, over, ProposalState.CLOSED, now=now)


def _end(session: Session, which: Update, state: ProposalState, *, now: datetime) -> int:
    ended = which.values(state=state, ended_at=now).execution_options(synchronize_session=False)
    return int(session.execute(ended).rowcount)  # type: ignore[attr-defined]


def _still_possible(plan: Plan, *, now: datetime) -> list[Chosen]:
    """Those of the chosen pairs that nothing stands against now that nobody else can change it."""
    chosen = plan.chosen
    offers = {one.offer.id for one in chosen}
    requests = {one.request.id for one in chosen}
    live = _lock(offers, requests, {one.request.author_id for one in chosen})
    # A full round chooses for nearly everybody: to name each of them takes longer than to read what stands at all.
    stands = standing(offers | requests if plan.slot is None else None, now=now)
    return list(_fitting((one for one in chosen if {one.offer.id, one.request.id} <= live), stands))


def _lock(offers: set[int], requests: set[int], families: set[int]) -> frozenset[int]:
    """
    Make everybody who wants to change these posts or speak for these families wait, and return which posts are live.

    Rows are taken in ascending order, posts before people, as ``lock_pair`` does.
    """
    posts = offers | requests
    live = frozenset(post_id for post_id, state in _LOCK_POSTS.rows(posts) if state == PostState.LIVE)
    for _ in _LOCK_PEOPLE.rows(families):
        pass
    return live


def _fitting(chosen: Iterable[Chosen], stands: Standing) -> Iterator[Chosen]:
    """The best first, as long as there is room at both ends."""
    rules = matching_rules().rounds
    at_offer, on_page = Counter(stands.at_offer), Counter(stands.on_page)
    apart = blocks()
    for one in sorted(chosen, key=lambda each: (-each.points, each.offer.public_id, each.request.public_id)):
        offer, request = one.offer.id, one.request.id
        if (offer, request) in stands.taken or (one.offer.author_id, one.request.author_id) in apart:
            continue
        if at_offer[offer] >= rules.families_at_offer or on_page[request] >= rules.offers_on_page:
            continue
        if one.request.author_id in stands.full:
            continue
        at_offer[offer] += 1
        on_page[request] += 1
        yield one


def _write(session: Session, row: Round, chosen: list[Chosen], *, now: datetime) -> None:
    """One row per pair, ever: what lapsed or was closed is taken up again."""
    known = _known(chosen)
    again = [
        {"id": known[one.offer.id, one.request.id], "points": one.points, **_shown(row, now)}
        for one in chosen
        if (one.offer.id, one.request.id) in known
    ]
    fresh = [
        {
            "public_id": new_public_id(), "offer_id": one.offer.id, "request_id": one.request.id,
            "donor_id": one.offer.author_id, "family_id": one.request.author_id, "points": one.points,
            **_shown(row, now),
        }
        for one in chosen
        if (one.offer.id, one.request.id) not in known
    ]  # fmt: skip
    if again:
        session.execute(update(Proposal), again)
    if fresh:
        # The table, not its class: whose objects nobody needs here, and they take as long as the database.
        session.execute(insert(cast("Table", Proposal.__table__)), fresh)


def _shown(row: Round, now: datetime) -> dict[str, Any]:
    return {
        "state": ProposalState.SHOWN, "round_id": row.id, "shown_at": now, "seen_at": None, "ended_at": None,
        "passed_by_id": None,
    }  # fmt: skip


def _known(chosen: list[Chosen]) -> dict[tuple[int, int], int]:
    """The ids of the rows there are already for these pairs."""
    return {(row[1], row[2]): row[0] for row in _PAIRS.rows({one.offer.id for one in chosen})}
