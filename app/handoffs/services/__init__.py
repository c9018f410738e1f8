"""The use-cases of handoffs: one verb each, one transaction each."""

from app.handoffs.services.absences import answer_missed, report_missed
from app.handoffs.services.after import (
    ASK,
    ask_how_it_went,
    follow_up,
    forget_answers,
    open_thanks,
    say_how_it_went,
    share_days,
    thank,
    wish,
)
from app.handoffs.services.after_all import say_met, say_not_met
from app.handoffs.services.changes import news_of_end
from app.handoffs.services.choosing import accept_lots, ask_for_others, choose_lots, say_fate, write_lot
from app.handoffs.services.completing import confirm
from app.handoffs.services.feeds import end_feed, renew_feed
from app.handoffs.services.meeting import CodeAnswer, enter_code, name_delegate, say_on_the_way
from app.handoffs.services.planning import agree, cancel, counter_propose, decline, propose, set_place_note
from app.handoffs.services.promises import answer_excuse, ask_excuse, ask_moderator, decide_excuse
from app.handoffs.services.reminding import REMIND, remind, say_late
from app.handoffs.services.upkeep import (
    ask_unconfirmed,
    end_proposals_of,
    follow_offer,
    lapse_unanswered,
    settle_overdue,
)
from app.handoffs.services.withdrawn import show_in_threads, show_moved

__all__ = [
    "ASK",
    "REMIND",
    "CodeAnswer",
    "accept_lots",
    "agree",
    "answer_excuse",
    "answer_missed",
    "ask_excuse",
    "ask_for_others",
    "ask_how_it_went",
    "ask_moderator",
    "ask_unconfirmed",
    "cancel",
    "choose_lots",
    "confirm",
    "counter_propose",
    "decide_excuse",
    "decline",
    "end_feed",
    "end_proposals_of",
    "enter_code",
    "follow_offer",
    "follow_up",
    "forget_answers",
    "lapse_unanswered",
    "name_delegate",
    "news_of_end",
    "open_thanks",
    "propose",
    "remind",
    "renew_feed",
    "report_missed",
    "say_fate",
    "say_how_it_went",
    "say_late",
    "say_met",
    "say_not_met",
    "say_on_the_way",
    "set_place_note",
    "settle_overdue",
    "share_days",
    "show_in_threads",
    "show_moved",
    "thank",
    "wish",
    "write_lot",
]
