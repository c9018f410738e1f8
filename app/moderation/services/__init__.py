"""The use-cases of moderation: open and close reviews, report, claim, decide."""

from app.moderation.services.cases import (
    claim,
    close_held,
    close_review,
    decide,
    give_back,
    open_giving,
    open_held,
    open_review,
)
from app.moderation.services.giving import let_give
from app.moderation.services.reports import block_reported, keep_changed, report

__all__ = [
    "block_reported",
    "claim",
    "close_held",
    "close_review",
    "decide",
    "give_back",
    "keep_changed",
    "let_give",
    "open_giving",
    "open_held",
    "open_review",
    "report",
]
