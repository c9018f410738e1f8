"""What the pages of handoffs share: their blueprint, the words on it, and the cards that stand in a thread."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from flask import Blueprint, Flask
from flask.blueprints import BlueprintSetupState

from app.handoffs import queries, words
from app.handoffs.queries import HandoffView
from app.infra.clock import utcnow
from app.kernel.access import Identity
from app.messaging import cards

blueprint = Blueprint("handoffs", __name__)


@blueprint.record_once
def _offer_cards(state: BlueprintSetupState) -> None:
    cards.register(cast("Flask", state.app), "handoff", _cards)
    cards.register(cast("Flask", state.app), "disclosure", queries.lot_cards, "handoffs/_disclosure.html")
    cards.register(cast("Flask", state.app), "withdrawal", queries.withdrawn_cards, "handoffs/_withdrawal.html")


def _cards(person: Identity, public_ids: Sequence[str]) -> Mapping[str, HandoffView]:
    return queries.cards(person, public_ids, now=utcnow())


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    return {"handoff_words": words}
