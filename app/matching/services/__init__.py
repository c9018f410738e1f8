"""
The use-cases of matching: speak first, answer, take back, and the end of what nobody answered.

This package's names are its public face.
"""

from app.matching.services.answer import accept, decline, take_back
from app.matching.services.contact import invite, say_yes
from app.matching.services.ending import close_open_interests, lapse_silent
from app.matching.services.news import TELL_NEW, tell_new
from app.matching.services.notices import TELL_NEXT_BEST, tell_next_best
from app.matching.services.proposals import close_proposals, mark_seen, pass_on
from app.matching.services.proposing import RoundResult
from app.matching.services.rounds import micro_round, plan_micro, plan_round, run_round
from app.matching.services.touching import MICRO_ROUND, is_urgent, run_touched, touch

__all__ = [
    "MICRO_ROUND",
    "TELL_NEW",
    "TELL_NEXT_BEST",
    "RoundResult",
    "accept",
    "close_open_interests",
    "close_proposals",
    "decline",
    "invite",
    "is_urgent",
    "lapse_silent",
    "mark_seen",
    "micro_round",
    "pass_on",
    "plan_micro",
    "plan_round",
    "run_round",
    "run_touched",
    "say_yes",
    "take_back",
    "tell_new",
    "tell_next_best",
    "touch",
]
