"""
The read side of matching; this package's names are its public face.

Everything shown about a place is a published area and a band; points never leave this package.
"""

from app.matching.queries.cards import Card, MapArea, Match
from app.matching.queries.interest import InterestView, interest, interest_by_public_id
from app.matching.queries.interests import (
    LineEntry,
    MyInterest,
    MyInterests,
    OfferLine,
    interests_for_offer,
    my_interests,
)
from app.matching.queries.known import learn
from app.matching.queries.matches import MatchList, Wider, best_match, matches_for
from app.matching.queries.narrowing import Known, Narrowing
from app.matching.queries.openness import on_open_map
from app.matching.queries.pairs import PairView, interest_between, pair
from app.matching.queries.proposals import (
    DonorDesk,
    FamilyPage,
    desk_of_offer,
    page_of_request,
)
from app.matching.queries.search import Found, search_nearby
from app.matching.queries.shares import Share, share_for
from app.matching.queries.standing import passed_with
from app.matching.queries.turns import (
    Instead,
    TurnView,
    asked_turn,
    asked_turns,
    instead_of,
    open_turns,
    turns_to_answer,
)
from app.matching.queries.waiting import ToAnswer, to_answer

__all__ = [
    "Card",
    "DonorDesk",
    "FamilyPage",
    "Found",
    "Instead",
    "InterestView",
    "Known",
    "LineEntry",
    "MapArea",
    "Match",
    "MatchList",
    "MyInterest",
    "MyInterests",
    "Narrowing",
    "OfferLine",
    "PairView",
    "Share",
    "ToAnswer",
    "TurnView",
    "Wider",
    "asked_turn",
    "asked_turns",
    "best_match",
    "desk_of_offer",
    "instead_of",
    "interest",
    "interest_between",
    "interest_by_public_id",
    "interests_for_offer",
    "learn",
    "matches_for",
    "my_interests",
    "on_open_map",
    "open_turns",
    "page_of_request",
    "pair",
    "passed_with",
    "search_nearby",
    "share_for",
    "to_answer",
    "turns_to_answer",
]
