"""
The read side of handoffs: what the plan depends on, one handoff as its two people see it, lists of them.

Offers, people and conversations are joined here and nowhere else in this capability.
"""

from app.handoffs.queries.absences import AbsenceView, absence_of, disputes_of, family_gives_way, statements_of
from app.handoffs.queries.after import (
    AfterView,
    GivenInAll,
    Wishes,
    after_for,
    after_of,
    answers_before,
    given_in_all,
    is_withdrawn,
    open_questions,
    wishes_of,
)
from app.handoffs.queries.after_all import (
    AfterAllView,
    after_all_of,
    sides_who_said,
    unfounded,
)
from app.handoffs.queries.bags import BagChoice, bags_to_plan
from app.handoffs.queries.due import (
    held_since,
    promised_by,
    proposed_for_post,
    pushed_to,
    settleable,
    unanswerable,
    untraced,
)
from app.handoffs.queries.elsewhere import Elsewhere, promised_elsewhere
from app.handoffs.queries.feeds import MeetingView, fed_by, feed_made_at, meetings_of
from app.handoffs.queries.ground import Ground, Spot, ground_between, ground_for
from app.handoffs.queries.lots import LotLine, LotsView, lot_cards, lots_for, received_by_family, story_of
from app.handoffs.queries.open_words import OpenWords, words_open
from app.handoffs.queries.plans import (
    Plan,
    balance_of,
    free_volume,
    offer_terms,
    plan_for,
    plan_of,
    suggestion,
    unanswered_in,
)
from app.handoffs.queries.promises import (
    ExcuseView,
    OwnPromises,
    ReviewLine,
    excuse_of,
    excuses_to_review,
    kept_for,
    kept_of,
    own_entry,
    own_promises,
)
from app.handoffs.queries.received import received_by
from app.handoffs.queries.runway import RunwayView, runway_for, runway_of, short_runways
from app.handoffs.queries.sides import sides_of
from app.handoffs.queries.views import HandoffView, card, cards, entries_of, handoff_for, handoffs_of, latest_handoffs
from app.handoffs.queries.withdrawn import (
    Place,
    WithdrawnCard,
    places_awaiting,
    places_held,
    places_of,
    places_showing,
    places_stating,
    told_of,
    withdrawn_cards,
)

__all__ = [
    "AbsenceView",
    "AfterAllView",
    "AfterView",
    "BagChoice",
    "Elsewhere",
    "ExcuseView",
    "GivenInAll",
    "Ground",
    "HandoffView",
    "LotLine",
    "LotsView",
    "MeetingView",
    "OpenWords",
    "OwnPromises",
    "Place",
    "Plan",
    "ReviewLine",
    "RunwayView",
    "Spot",
    "Wishes",
    "WithdrawnCard",
    "absence_of",
    "after_all_of",
    "after_for",
    "after_of",
    "answers_before",
    "bags_to_plan",
    "balance_of",
    "card",
    "cards",
    "disputes_of",
    "entries_of",
    "excuse_of",
    "excuses_to_review",
    "family_gives_way",
    "fed_by",
    "feed_made_at",
    "free_volume",
    "given_in_all",
    "ground_between",
    "ground_for",
    "handoff_for",
    "handoffs_of",
    "held_since",
    "is_withdrawn",
    "kept_for",
    "kept_of",
    "latest_handoffs",
    "lot_cards",
    "lots_for",
    "meetings_of",
    "offer_terms",
    "open_questions",
    "own_entry",
    "own_promises",
    "places_awaiting",
    "places_held",
    "places_of",
    "places_showing",
    "places_stating",
    "plan_for",
    "plan_of",
    "promised_by",
    "promised_elsewhere",
    "proposed_for_post",
    "pushed_to",
    "received_by",
    "received_by_family",
    "runway_for",
    "runway_of",
    "settleable",
    "short_runways",
    "sides_of",
    "sides_who_said",
    "statements_of",
    "story_of",
    "suggestion",
    "told_of",
    "unanswerable",
    "unanswered_in",
    "unfounded",
    "untraced",
    "wishes_of",
    "withdrawn_cards",
    "words_open",
]
