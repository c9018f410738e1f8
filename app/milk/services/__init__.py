"""Use-cases of milk: a donor's lots, and the ledger that higher use-cases (handoffs, withdrawals) write."""

from app.milk.services.giving import NotForOthers, give, promise, take_back
from app.milk.services.lots import discard, make_lot, put, split_off, thaw, today_of
from app.milk.services.statements import note_statement

__all__ = [
    "NotForOthers",
    "discard",
    "give",
    "make_lot",
    "note_statement",
    "promise",
    "put",
    "split_off",
    "take_back",
    "thaw",
    "today_of",
]
