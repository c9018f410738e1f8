"""
How matching works, in plain words with the numbers in force: what counts and why, the caps, and what is never used.

Public on purpose: who is ordered by numbers may read them. Nothing of any person or pair stands here.
"""

from datetime import timedelta
from typing import Final

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal
from flask_babel import gettext as _

from app.kernel.words import N_
from app.matching.configuration import matching_rules
from app.matching.routes.blueprint import blueprint
from app.matching.rules.preferences import PREFERENCE_POINTS
from app.matching.rules.score import Ground
from app.web.access import public

GROUNDS: Final = {
    Ground.FIRST_MILK: (
        N_("First milk through the site"),
        N_("All of it for a family that has had no milk here yet."),
        N_("So that nobody is forgotten while others are fed twice."),
    ),
    Ground.NEED: (
        N_("Need"),
        N_("All of it when milk is medically indicated, 0.6 of it for a baby under six months, else 0.3."),
        N_("The youngest and the ill depend on milk the most."),
    ),
    Ground.NEAR: (
        N_("Near"),
        N_("More the closer you are, measured against how far you both travel."),
        N_("A meeting both can reach with ease takes place."),
    ),
    Ground.SHORT_TRIP: (
        N_("A short trip"),
        N_("All of it next door, about a third at 15 km (9 miles), next to nothing at 60 km (37 miles)."),
        N_("A short way keeps milk cold and saves a tired parent's evening."),
    ),
    Ground.NEXT_DAYS: (
        N_("Covers the next days"),
        N_("How much of the next 14 days the milk covers."),
        N_("One donor who covers two weeks is calmer than five."),
    ),
    Ground.FREEZER_EMPTY: (
        N_("Nearly empty freezer"),
        N_("All of it with no milk left, none with milk for ten days."),
        N_("Who runs out tomorrow cannot wait."),
    ),
    Ground.MUSTS_STATED: (
        N_("Everything needed is stated"),
        N_("All of it when the donor's answers meet every must and no question is open."),
        N_("A clear answer spares both sides a round of questions."),
    ),
    Ground.ONE_HANDOFF: (
        N_("All in one handoff"),
        N_("All of it when the family could take everything at once."),
        N_("Few meetings are what donors ask for most."),
    ),
    Ground.WAITED: (
        N_("Waiting"),
        N_("Grows with the days since the request was posted, full after 14."),
        N_("Kept small, so that a long wait helps and does not decide alone."),
    ),
    Ground.USE_SOON: (
        N_("Best used soon"),
        N_("Grows as the last day for the milk comes near, from 30 days before."),
        N_("So that no milk is thrown away."),
    ),
    Ground.WEEKLY: (
        N_("Every week for a daily need"),
        N_("When a donor gives every week and the family needs milk for two weeks or more."),
        N_("A steady donor fits a steady need."),
    ),
    Ground.LIKE_AGE: (
        N_("Like age"),
        N_("When the donor's baby was about the same age at the pumping."),
        N_("Milk changes as a baby grows, and some families ask for it."),
    ),
}
"""Each ground: its name, how much of its points a pair gets, and why it counts."""


@blueprint.get("/how-matching-works")
@public
def how_matching_works() -> ResponseReturnValue:
    """Every weight and cap of the running site, with its reason."""
    rules = matching_rules()
    weights = [(ground, getattr(rules.weights, ground.value)) for ground in GROUNDS]
    rows = [
        (number(points), *(_(words) for words in GROUNDS[ground]))
        for ground, points in sorted(weights, key=lambda one: -one[1])
    ]
    return render_template("matching/how.html", rows=rows, caps=caps(), preference=PREFERENCE_POINTS)


def caps() -> list[tuple[str, str]]:
    """The caps and spans of time in force, each with its words."""
    rounds = matching_rules().rounds
    return [
        (_("Families an offer stands before at one time"), number(rounds.families_at_offer)),
        (_("Offers on a family's page at one time"), number(rounds.offers_on_page)),
        (_("Families a donor sees at one time, of those who said yes"), number(rounds.shown_to_donor)),
        (_("Families she may invite while nobody waits"), number(rounds.suggestions_to_donor)),
        (_("Open invitations of an offer"), number(rounds.invitations_of_offer)),
        (_("Partners of each post a round looks at, best first"), number(rounds.candidates)),
        (_("Points a pair must have before a round proposes it"), number(rounds.base)),
        (_("What each further family at one offer costs, in points"), steps(rounds.offer_steps)),
        (_("What each further offer on one page costs, in points"), steps(rounds.page_steps)),
        (_("Time between two rounds"), span(rounds.every)),
        (_("A proposal nobody looked at is free again after"), span(rounds.unseen)),
        (_("A yes without an answer ends after"), span(rounds.silence)),
        (_("An offer without a promise joins the open map after"), span(rounds.open_map_after)),
        (_("Yeses left without an answer before we ask if the milk is still there"), number(rounds.silences)),
        (_("Then the offer is paused after"), span(rounds.pause_after)),
        (_("A family with milk for so many days goes quiet until it runs low"), number(rounds.quiet_days)),
    ]


def number(value: float) -> str:
    """A number in the reader's language, without decimals it does not need."""
    return str(format_decimal(value))


def steps(values: tuple[float, ...]) -> str:
    """A row of numbers."""
    return " · ".join(number(value) for value in values)


def span(time: timedelta) -> str:
    """A span of time in hours."""
    return str(_("%(n)s hours", n=number(time / timedelta(hours=1))))
