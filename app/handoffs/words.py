"""The words of handoffs for pages and cards: states, steps, reasons, conditions; tables, and nothing decided."""

from datetime import datetime, timedelta
from typing import Final

from babel.dates import format_datetime
from flask_babel import get_locale
from flask_babel import gettext as _

from app.handoffs.queries import HandoffView
from app.handoffs.rules.amounts import Condition
from app.handoffs.rules.checklist import Moment
from app.handoffs.rules.local_time import zone_named
from app.handoffs.rules.states import CancelReason, EndReason, HandoffState, Side
from app.handoffs.rules.steps import Step
from app.kernel.words import N_
from app.web.templating import reader

STATES: Final = {
    HandoffState.PROPOSED: N_("proposed"),
    HandoffState.AGREED: N_("agreed"),
    HandoffState.ON_THE_WAY: N_("on the way"),
    HandoffState.MET: N_("met"),
    HandoffState.CONFIRMED: N_("done"),
    HandoffState.DECLINED: N_("declined"),
    HandoffState.CANCELLED: N_("called off"),
    HandoffState.MISSED: N_("did not happen"),
}

STEPS: Final = {
    Step.ANSWER: N_("%(name)s waits for your answer."),
    Step.WAIT_FOR_ANSWER: N_("%(name)s has not answered yet. Nothing is reserved before that."),
    Step.MEET: N_("You both agreed. The milk is kept for this handoff. Write where exactly you meet."),
    Step.TRAVEL: N_("You meet soon. Each of you has a code for the other at the cooler."),
    Step.ENTER: N_("After you met: enter how much milk changed hands."),
    Step.WAIT_FOR_ENTRY: N_("You entered your amount. Now %(name)s enters theirs."),
    Step.COMPARE: N_(
        "Your amounts differ. Either of you may correct their own; if nobody does, both stay as they are."
    ),
    Step.DONE: N_("This handoff is done. Thank you both."),
    Step.ENDED: N_("This handoff will not happen. Nothing is reserved for it."),
}

REASONS: Final = {
    CancelReason.PLANS_CHANGED: N_("Plans changed."),
    CancelReason.CANNOT_TRAVEL: N_("One of you could not get there."),
    CancelReason.CAME_UP: N_("Something came up that could not wait."),
    CancelReason.MILK_KEPT: N_("The milk is needed at the donor's home."),
    CancelReason.NOT_NEEDED: N_("The milk is no longer needed."),
    CancelReason.NOT_A_FIT: N_("It was not a fit after all."),
    EndReason.POST_CLOSED: N_("The post it was planned for is closed."),
    EndReason.NO_ANSWER: N_("The time went by without an answer."),
    EndReason.NOT_CONFIRMED: N_("A week went by and nobody said that you met."),
    EndReason.ONE_SIDE_ONLY: N_("Only one of you entered an amount, so that one stands."),
    EndReason.NOT_COUNTED: N_("You met and nobody entered an amount, so what you agreed on stands."),
    EndReason.OTHER_TIME: N_("Another time or amount was proposed instead."),
}
"""What stands beside a handoff that ended; somebody who said nothing leaves nothing here."""

CONDITIONS: Final = {
    Condition.FROZEN: N_("frozen solid"),
    Condition.COLD: N_("cold, never frozen"),
    Condition.PARTLY_THAWED: N_("partly thawed"),
    Condition.THAWED: N_("thawed"),
}

MOMENTS: Final = {
    Moment.PACK: N_("Before you leave"),
    Moment.MEET: N_("When you meet"),
    Moment.HOME: N_("Back home"),
}


def state(view: HandoffView) -> str:
    """Where a handoff stands, in a word or two."""
    return str(_(STATES[view.state]))


def step(view: HandoffView) -> str:
    """What comes next, as the reader sees it."""
    if view.step is Step.MEET and view.place_note:
        return str(_("You both agreed. The milk is kept for this handoff."))
    return str(_(STEPS[view.step], name=view.other_name))


def reason(view: HandoffView) -> str:
    """Why it ended, as far as somebody said so; an empty string otherwise."""
    words = {str(key): text for key, text in REASONS.items()}
    return str(_(words[view.end_reason])) if view.end_reason in words else ""


def condition(arrived: Condition) -> str:
    """How the milk arrived."""
    return str(_(CONDITIONS[arrived]))


def under_way(view: HandoffView) -> list[str]:
    """Who of the two is on the way, or late; empty when nobody said so, and once they have met."""
    if not view.is_unmet:
        return []
    found: list[str] = []
    if view.other.left_at:
        found.append(str(_("%(name)s is on the way.", name=view.other_name)))
    if view.mine.left_at:
        found.append(str(_("You said that you are on the way.")))
    if view.other.late_minutes:
        found.append(str(_("%(name)s is about %(n)s minutes late.", name=view.other_name, n=view.other.late_minutes)))
    if view.mine.late_minutes:
        found.append(str(_("You said that you are about %(n)s minutes late.", n=view.mine.late_minutes)))
    return found


def moment(when: Moment) -> str:
    """When lines of the checklist are of use."""
    return str(_(MOMENTS[when]))


def who(view: HandoffView) -> str:
    """Who gives to whom, as the reader sees it."""
    if view.side is Side.DONOR:
        return str(_("You give milk to %(name)s.", name=view.other_name))
    return str(_("%(name)s gives milk to you.", name=view.other_name))


def until(view: HandoffView) -> str:
    """When the window ends in the reader's zone: the time alone, with its day when that is another than the start's."""
    zone = zone_named(reader().timezone)
    start, end = view.window_start.astimezone(zone), view.window_end.astimezone(zone)
    pattern = "HH:mm" if start.date() == end.date() else "EEE d MMM, HH:mm"
    return str(format_datetime(end, pattern, locale=str(get_locale())))


def kept_until(view: HandoffView) -> datetime:
    """Until when a device shows the meeting without a network: a day longer than its window, for who is late."""
    return view.window_end + timedelta(days=1)
