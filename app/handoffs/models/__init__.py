"""Tables of handoffs, each further concept in a module of its own."""

from app.handoffs.models.after import AfterWish, HandoffAfter
from app.handoffs.models.handoffs import (
    Handoff,
    HandoffChange,
    HandoffFeed,
    HandoffLot,
    HandoffSide,
    HandoffWindow,
    HandoffWish,
    OfferBalance,
)
from app.handoffs.models.promises import HandoffAbsence, HandoffExcuse
from app.handoffs.models.safe_places import SafePlace

__all__ = [
    "AfterWish",
    "Handoff",
    "HandoffAbsence",
    "HandoffAfter",
    "HandoffChange",
    "HandoffExcuse",
    "HandoffFeed",
    "HandoffLot",
    "HandoffSide",
    "HandoffWindow",
    "HandoffWish",
    "OfferBalance",
    "SafePlace",
]
