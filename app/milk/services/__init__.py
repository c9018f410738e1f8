"""Use-cases of milk: a donor's lots, the days she keeps back, and the ledger that higher use-cases write."""

from app.milk.services.deferring import (
    again_today,
    change_days,
    delete_days,
    end_today,
    forget_days_of,
    give_again,
    keep_days_back,
    say_which_bags,
    tell_families,
    told_days,
)
from app.milk.services.giving import (
    NotForOthers,
    give,
    give_promised,
    lock_lots,
    mark_met,
    promise,
    record_given,
    release_promises,
    take_back,
    take_back_all,
    why_not,
)
from app.milk.services.lots import discard, make_lot, put, split_off, thaw, today_of
from app.milk.services.rests import require_giving
from app.milk.services.statements import note_statement

__all__ = [
    "NotForOthers",
    "again_today",
    "change_days",
    "delete_days",
    "discard",
    "end_today",
    "forget_days_of",
    "give",
    "give_again",
    "give_promised",
    "keep_days_back",
    "lock_lots",
    "make_lot",
    "mark_met",
    "note_statement",
    "promise",
    "put",
    "record_given",
    "release_promises",
    "require_giving",
    "say_which_bags",
    "split_off",
    "take_back",
    "take_back_all",
    "tell_families",
    "thaw",
    "today_of",
    "told_days",
    "why_not",
]
