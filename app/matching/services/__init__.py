"""
The use-cases of matching: speak first, answer, take back, and the end of what nobody answered.

This package's names are its public face.
"""

from app.matching.services.answer import accept, decline, take_back
from app.matching.services.contact import invite, say_yes
from app.matching.services.ending import close_open_interests, lapse_silent
from app.matching.services.news import TELL_NEW, tell_new
from app.matching.services.notices import (
    TELL_NEED_OVER,
    TELL_NEXT_BEST,
    WHO_IS_NEXT,
    end_item,
    instead_path,
    line_path,
    tell_need_over,
    tell_next_best,
)
from app.matching.services.promises import (
    book,
    fall_through,
    let_pass,
    receive,
    release_choices,
    rest_quiet_talks,
)
from app.matching.services.proposals import close_proposals, mark_seen, pass_on
from app.matching.services.proposing import Plan, RoundResult, carry_out
from app.matching.services.rounds import micro_round, plan_micro, plan_round, run_round
from app.matching.services.silence import close_question, milk_is_gone, pause_unanswered, still_there
from app.matching.services.touching import COLLECT, MICRO_ROUND, is_urgent, run_touched, touch
from app.matching.services.turning import ask_nobody, follow_interest, pass_turn, take_turn
from app.matching.services.turns import ASK_TURN, END_TURN, PLAN_TURN, ask_turn, end_turn, plan_turn

__all__ = [
    "ASK_TURN",
    "COLLECT",
    "END_TURN",
    "MICRO_ROUND",
    "PLAN_TURN",
    "TELL_NEED_OVER",
    "TELL_NEW",
    "TELL_NEXT_BEST",
    "WHO_IS_NEXT",
    "Plan",
    "RoundResult",
    "accept",
    "ask_nobody",
    "ask_turn",
    "book",
    "carry_out",
    "close_open_interests",
    "close_proposals",
    "close_question",
    "decline",
    "end_item",
    "end_turn",
    "fall_through",
    "follow_interest",
    "instead_path",
    "invite",
    "is_urgent",
    "lapse_silent",
    "let_pass",
    "line_path",
    "mark_seen",
    "micro_round",
    "milk_is_gone",
    "pass_on",
    "pass_turn",
    "pause_unanswered",
    "plan_micro",
    "plan_round",
    "plan_turn",
    "receive",
    "release_choices",
    "rest_quiet_talks",
    "run_round",
    "run_touched",
    "say_yes",
    "still_there",
    "take_back",
    "take_turn",
    "tell_need_over",
    "tell_new",
    "tell_next_best",
    "touch",
]
