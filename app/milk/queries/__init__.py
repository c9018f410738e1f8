"""The read side of milk: lots for their donor, and the ledger's lines without a person."""

from app.milk.queries.views import (
    BagsView,
    EntryView,
    LotView,
    StatementView,
    lot_for,
    lots_of,
    own_lot_by_code,
    states_something,
    timeline,
)

__all__ = [
    "BagsView",
    "EntryView",
    "LotView",
    "StatementView",
    "lot_for",
    "lots_of",
    "own_lot_by_code",
    "states_something",
    "timeline",
]
