"""What is next with somebody's handoffs: to answer, to meet, to say what was given."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from flask import url_for
from flask_babel import gettext as _

from app.handoffs.queries import HandoffView, handoffs_of, short_runways
from app.handoffs.rules.steps import Step
from app.kernel.access import Identity
from app.web.next_steps import NextStep, Rank
from app.web.templating import moment

SOON: Final = timedelta(hours=36)
"""So long before its window a meeting stands before everything else: tonight, and tomorrow."""


def next_steps(person: Identity, now: datetime) -> Iterator[NextStep]:
    """What each open handoff waits for from this person; of the agreed ones the next alone; then milk that runs out."""
    told = False
    for view in handoffs_of(person, now=now):
        if view.step is Step.ANSWER and view.can_agree:
            words = _("%(name)s proposes a time to meet.", name=view.other_name)
            yield _step(Rank.MEETING, words, _("See the plan and answer"), view)
        elif view.step is Step.ENTER:
            words = _("Did you meet %(name)s? Say how much milk changed hands.", name=view.other_name)
            yield _step(Rank.MEETING, words, _("Enter the amount"), view)
        elif view.step in {Step.MEET, Step.TRAVEL} and not told:
            told = True
            rank = Rank.MEETING if view.window_start <= now + SOON else Rank.LATER
            words = _("You meet %(name)s: %(when)s.", name=view.other_name, when=moment(view.window_start))
            yield _step(rank, words, _("Open the plan"), view)
        elif view.step is Step.WAIT_FOR_ANSWER:
            words = _("%(name)s has not answered the time you proposed yet.", name=view.other_name)
            yield _step(Rank.WAIT, words, _("Open the plan"), view)
    for short in short_runways(person, now=now):
        words = _("By what you told us, your milk lasts for less than three days.")
        page = url_for("handoffs.runway", public_id=short.request_public_id)
        yield NextStep(Rank.POST, words, _("Correct it, or look for a bridge"), page, "clock")


def _step(rank: Rank, words: str, label: str, view: HandoffView) -> NextStep:
    return NextStep(rank, words, label, url_for("handoffs.show", public_id=view.public_id), "calendar")
