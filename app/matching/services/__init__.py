"""
The use-cases of matching: speak first, answer, take back, and the end of what nobody answered.

This package's names are its public face.
"""

from app.matching.services.answer import accept, decline, take_back
from app.matching.services.contact import invite, say_yes
from app.matching.services.ending import close_open_interests, lapse_silent
from app.matching.services.news import TELL_NEW, tell_new
from app.matching.services.notices import TELL_NEXT_BEST, tell_next_best
from app.matching.services.promises import book, fall_through, receive, release_choices, rest_quiet_talks
from app.matching.services.proposals import close_proposals, mark_seen, pass_on
from app.matching.services.proposing import Plan, RoundResult, carry_out
from app.matching.services.rounds import micro_round, plan_micro, plan_round, run_round
from app.matching.services.silence import close_question, milk_is_gone, pause_unanswered, still_there
from app.matching.services.touching import COLLECT, MICRO_ROUND, is_urgent, run_touched, touch

__all__ = [
    "COLLECT",
    "MICRO_ROUND",
    "TELL_NEW",
    "TELL_NEXT_BEST",
    "Plan",
    "RoundResult",
    "accept",
    "book",
    "carry_out",
    "close_open_interests",
    "close_proposals",
    "close_question",
    "decline",
    "fall_through",
    "invite",
    "is_urgent",
    "lapse_silent",
    "mark_seen",
    "micro_round",
    "milk_is_gone",
    "pass_on",
    "pause_unanswered",
    "plan_micro",
    "plan_round",
    "receive",
    "release_choices",
    "rest_quiet_talks",
    "run_round",
    "run_touched",
    "say_yes",
    "still_there",
    "take_back",
    "tell_new",
    "tell_next_best",
    "touch",
]
