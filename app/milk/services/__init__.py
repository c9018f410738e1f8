"""Use-cases of milk: a donor's lots, and the ledger that higher use-cases (handoffs, withdrawals) write."""

from app.milk.services.giving import (
    NotForOthers,
    give,
    give_promised,
    lock_lots,
    mark_met,
    promise,
    release_promises,
    take_back,
    take_back_all,
    why_not,
)
from app.milk.services.lots import discard, make_lot, put, split_off, thaw, today_of
from app.milk.services.statements import note_statement

__all__ = [
    "NotForOthers",
    "discard",
    "give",
    "give_promised",
    "lock_lots",
    "make_lot",
    "mark_met",
    "note_statement",
    "promise",
    "put",
    "release_promises",
    "split_off",
    "take_back",
    "take_back_all",
    "thaw",
    "today_of",
    "why_not",
]
