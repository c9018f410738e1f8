"""
What is true and allowed of posts: their states, their attributes, their drafts, and what may be typed.

Pure: facts and today go in, reasons in plain words come out. This package's names are its public face; other
capabilities import them from here.
"""

from app.posts.rules.attributes import (
    ATTRIBUTES,
    GROUPS,
    KINDS,
    LEVELS,
    MOST_USED,
    SHOWN_TO_ALL,
    Attribute,
    attribute,
)
from app.posts.rules.checks import check, check_end, check_offer, check_request
from app.posts.rules.drafts import (
    AVOID_DAYS,
    AVOID_DAYS_DEFAULT,
    BABY_AGE_BANDS,
    DEFAULT_LIFE,
    ENDING_SOON,
    LIPASE,
    REPLACE_BAGS,
    STORAGE,
    TERM_AND_HEALTHY,
    TRAVEL_KM,
    TRAVEL_MILES,
    Draft,
    Fact,
    OfferDraft,
    RequestDraft,
    Wish,
)
from app.posts.rules.health import AGREE_FIELD, NOT_AGREED, tells_health, without_health
from app.posts.rules.sources import SOURCES, Source, sources
from app.posts.rules.states import (
    CHANGES,
    EDITABLE,
    FINDABLE,
    GIVEN_UP,
    STATE_WORDS,
    WAITING,
    PostState,
    may_withdraw,
    needs_review,
    state_after_edit,
)

__all__ = [
    "AGREE_FIELD",
    "ATTRIBUTES",
    "AVOID_DAYS",
    "AVOID_DAYS_DEFAULT",
    "BABY_AGE_BANDS",
    "CHANGES",
    "DEFAULT_LIFE",
    "EDITABLE",
    "ENDING_SOON",
    "FINDABLE",
    "GIVEN_UP",
    "GROUPS",
    "KINDS",
    "LEVELS",
    "LIPASE",
    "MOST_USED",
    "NOT_AGREED",
    "REPLACE_BAGS",
    "SHOWN_TO_ALL",
    "SOURCES",
    "STATE_WORDS",
    "STORAGE",
    "TERM_AND_HEALTHY",
    "TRAVEL_KM",
    "TRAVEL_MILES",
    "WAITING",
    "Attribute",
    "Draft",
    "Fact",
    "OfferDraft",
    "PostState",
    "RequestDraft",
    "Source",
    "Wish",
    "attribute",
    "check",
    "check_end",
    "check_offer",
    "check_request",
    "may_withdraw",
    "needs_review",
    "sources",
    "state_after_edit",
    "tells_health",
    "without_health",
]
