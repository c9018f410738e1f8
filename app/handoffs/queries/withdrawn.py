"""
Withdrawn milk where the two talk: which of it was given in a conversation, and where its family reads what to do.

Only what a family was told of is here, never why. The key to a family's page goes to that family alone, and what it
answered to nobody through this module.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from app.handoffs.models import Handoff, HandoffLot
from app.handoffs.rules.states import HELD
from app.infra.transaction import session
from app.kernel.access import Identity
from app.messaging.models import Conversation
from app.messaging.queries import between_blocked
from app.milk.models import (
    CustodyHolding,
    CustodyLot,
    Lot,
    Withdrawal,
    WithdrawalHolder,
    WithdrawalLot,
    WithdrawalNotice,
)
from app.milk.rules.withdrawals import Level
from app.milk.services.telling import path_of


@dataclass(frozen=True, slots=True)
class WithdrawnCard:
    """
    What one of the two sees of the withdrawn milk that was given in their conversation.

    ``codes`` are those of the lots; after a block they are empty. ``path`` is the page of the family's own notice, or
    of the withdrawal for its donor; empty when the reader has none. ``is_answered`` is whether the family has said
    there that it knows, and False for the donor.
    """

    public_id: str
    is_family: bool
    level: Level
    codes: tuple[str, ...]
    path: str = ""
    is_answered: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation in which milk of some holders was given: its number, its public id and its two people."""

    conversation_id: int
    public_id: str
    donor_id: int
    family_id: int


def withdrawn_cards(actor: Identity, ids: Sequence[str]) -> Mapping[str, WithdrawnCard]:
    """The cards of these conversations (public ids); those that are not the actor's, or have none, are left out."""
    mine = (Conversation.donor_id == actor.person_id) | (Conversation.family_id == actor.person_id)
    found: dict[str, list[Any]] = {}
    for row in session().execute(_given().where(Conversation.public_id.in_(ids), mine)):
        found.setdefault(row.public_id, []).append(row)
    return {public_id: _card(actor, rows) for public_id, rows in found.items()}


def told_of(actor: Identity) -> Mapping[str, str]:
    """By the code of each withdrawn lot the actor was told of: the page that says what to do, the most urgent one."""
    found: dict[str, str] = {}
    for row in session().execute(_given().where(WithdrawalNotice.person_id == actor.person_id)):
        found.setdefault(row.code, path_of(row.token))
    return found


def _given() -> Select[*tuple[Any, ...]]:
    """A row for each withdrawn lot and handoff of which somebody was told, the most urgent unanswered one first."""
    return (
        select(
            Conversation.public_id, Conversation.family_id, between_blocked().label("blocked"), Withdrawal.rank,
            Withdrawal.donor_id, Withdrawal.token.label("withdrawal"),
            WithdrawalNotice.token, WithdrawalNotice.person_id, WithdrawalNotice.answered_at, CustodyLot.code,
        )
        .select_from(Conversation)
        .join(Handoff, Handoff.conversation_id == Conversation.id)
        .join(WithdrawalHolder, WithdrawalHolder.holder == Handoff.holder)
        .join(Withdrawal, Withdrawal.id == WithdrawalHolder.withdrawal_id)
        .join(WithdrawalNotice, WithdrawalNotice.id == WithdrawalHolder.notice_id)
        .join(WithdrawalLot, WithdrawalLot.withdrawal_id == Withdrawal.id)
        .join(
            CustodyHolding,
            (CustodyHolding.lot_id == WithdrawalLot.lot_id) & (CustodyHolding.holder == WithdrawalHolder.holder),
        )
        .join(CustodyLot, CustodyLot.id == WithdrawalLot.lot_id)
        .where(CustodyHolding.received_ml > 0)
        .order_by(
            WithdrawalNotice.answered_at.is_not(None), Withdrawal.rank.desc(), WithdrawalNotice.id.desc(), CustodyLot.id
        )
    )  # fmt: skip


def _card(actor: Identity, rows: Sequence[Any]) -> WithdrawnCard:
    first, is_family = rows[0], rows[0].family_id == actor.person_id
    own = [row for row in rows if actor.person_id == (row.person_id if is_family else row.donor_id)]
    report = f"/milk/withdrawals/{own[0].withdrawal}" if own else ""
    return WithdrawnCard(
        public_id=first.public_id,
        is_family=is_family,
        level=Level(max(row.rank for row in rows)),
        codes=() if first.blocked else tuple(dict.fromkeys(row.code for row in rows)),
        path=path_of(own[0].token) if own and is_family else report,
        is_answered=bool(own and is_family and own[0].answered_at),
    )


def places_of(holders: Iterable[str]) -> list[Place]:
    """
    The conversations to which the handoffs of these holders (their tokens) belong, each once.

    Where one has blocked the other there is none, here and in what follows: nothing new is to be seen there.
    """
    return _places(Handoff.holder.in_(list(holders)))


def places_awaiting(lot_public_id: str) -> list[Place]:
    """The conversations with a handoff that is agreed and not done, of which this lot is shown."""
    shown = select(HandoffLot.handoff_id).join(Lot, Lot.custody_id == HandoffLot.custody_id)
    return _places(Handoff.id.in_(shown.where(Lot.public_id == lot_public_id)), Handoff.state.in_(HELD))


def places_showing(custody_ids: Iterable[int]) -> list[Place]:
    """The conversations in which these lots (by the ledger's ids) are shown, whatever became of the handoff."""
    return _places(Handoff.id.in_(select(HandoffLot.handoff_id).where(HandoffLot.custody_id.in_(list(custody_ids)))))


def places_held(withdrawal_id: int) -> list[Place]:
    """The conversations in which lots that a withdrawal reaches are shown."""
    lots = select(WithdrawalLot.lot_id).where(WithdrawalLot.withdrawal_id == withdrawal_id)
    return _places(Handoff.id.in_(select(HandoffLot.handoff_id).where(HandoffLot.custody_id.in_(lots))))


def places_stating(offer_id: int) -> list[Place]:
    """The conversations in which lots are shown with what this offer states."""
    return _places(Handoff.offer_id == offer_id, Handoff.id.in_(select(HandoffLot.handoff_id)))


def _places(*which: ColumnElement[bool]) -> list[Place]:
    wanted = (
        select(Conversation.id, Conversation.public_id, Conversation.donor_id, Conversation.family_id)
        .join(Handoff, Handoff.conversation_id == Conversation.id)
        .where(*which, ~between_blocked())
        .distinct()
        .order_by(Conversation.id)
    )
    return [Place(*row) for row in session().execute(wanted)]
