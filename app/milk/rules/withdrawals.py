"""
The look-back: for which reasons milk is withdrawn, how far back each reaches, and what families are told to do.

The table is our own, modelled on the look-back of blood donations (21 CFR 610.46: twelve months before the last
negative test). Days of pumping decide; a reason never leaves this side of the site, only what to do does.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Final

from app.kernel.errors import Conflict
from app.kernel.words import N_
from app.milk.rules.clock import LONGEST, after
from app.milk.rules.drafts import Problems
from app.milk.rules.ledger import Entry
from app.milk.rules.policy import Span, Unit


class Reason(StrEnum):
    """
    Why milk is withdrawn: a class, never the diagnosis or the substance itself.

    ``substance`` is a medicine, alcohol, nicotine or cannabis that families were not told of; ``infection`` is a fever,
    mastitis or the like; ``storage`` is a freezer that failed, a wrong label, or milk that was frozen again.
    """

    POSITIVE_TEST = "positive_test"
    SUBSTANCE = "substance"
    INFECTION = "infection"
    STORAGE = "storage"
    ADULTERATION = "adulteration"
    INFANT_ILL = "infant_ill"


class OpenedAs(StrEnum):
    """As what somebody began it: its donor, the team, the donor's calendar, or whoever has the recall code."""

    DONOR = "donor"
    SCREENER = "screener"
    MODERATOR = "moderator"
    DEFERRAL = "deferral"
    CODE = "code"


class Level(IntEnum):
    """
    What families are told to do, the mildest first; a lot is withdrawn once more only by a higher one.

    ``hold`` keep it for now; ``medium`` do not feed, pour away or ask; ``high`` do not feed, keep the bag, ask a
    clinician; ``urgent`` the same, and call today.
    """

    HOLD = 1
    MEDIUM = 2
    HIGH = 3
    URGENT = 4


class State(StrEnum):
    """
    Whether a moderator looks first, families are being told, or all have answered or been tried three times.

    ``ended`` is what a moderator looked at and of which no family was told.
    """

    REVIEW = "review"
    TELLING = "telling"
    CLOSED = "closed"
    ENDED = "ended"


LEVELS: Final = {
    Reason.POSITIVE_TEST: Level.URGENT,
    Reason.SUBSTANCE: Level.HIGH,
    Reason.INFECTION: Level.MEDIUM,
    Reason.STORAGE: Level.MEDIUM,
    Reason.ADULTERATION: Level.URGENT,
    Reason.INFANT_ILL: Level.HOLD,
}

BEFORE_NEGATIVE: Final = 12
"""Months before the last negative test from which on milk is withdrawn: the time in which a test may miss it."""

BEFORE_SIGNS: Final = timedelta(days=3)
"""Days before the first sign of an infection that count as well."""

FED_LATELY: Final = timedelta(days=7)
"""When an infant is ill, milk that was fed or lay with families in so many days is held."""

LONGEST_WASHOUT: Final = 90
"""Days after the last use that the form takes; what needs longer is for a clinician to say."""

TRIES: Final = 3
"""A family that does not answer is told so often."""

BETWEEN_TRIES: Final = timedelta(hours=24)

SAME_REPORT: Final = timedelta(minutes=10)
"""What waits for a moderator and is said again in the same way within this time is one report, sent twice."""

MOST_BY_CODE: Final = 5
"""
Reports by a recall code of the same milk that wait at once; whoever says it again has said it.

A print-out with codes may be in anybody's hands, and each report is urgent news to every moderator.
"""

_EARLIEST: Final = date(2000, 1, 1)
_HALF_A_YEAR: Final = Span(6, Unit.MONTHS)
_MONTHS: Final = 12


@dataclass(frozen=True, slots=True)
class Scope:
    """
    What is withdrawn of a donor's: milk with a day of pumping among ``days`` (both count), the lots with these public
    ids, or what was ``fed_since`` a moment or lies with families. ``code`` is that of one lot, whose donor may be gone.
    Lots split off from one of them follow it.
    """

    days: tuple[date, date] | None = None
    lot_public_ids: tuple[str, ...] = ()
    fed_since: datetime | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """
    What the one who withdraws says; None where nothing readable was typed.

    ``negative`` is the day of the last negative test; ``first`` and ``last`` are the days of use, or of signs and of
    recovery; ``washout`` counts days after the last use.
    """

    reason: Reason | None
    negative: date | None = None
    first: date | None = None
    last: date | None = None
    washout: int = 0
    lot_public_ids: tuple[str, ...] = ()


def check(draft: Draft, *, today: date) -> Problems:
    """Every reason why nothing can be worked out from a draft, by field; empty when it can."""
    days = {name: getattr(draft, name) for name in ("negative", "first", "last")}
    begins = draft.reason in {Reason.SUBSTANCE, Reason.INFECTION}
    reasons = [
        ("reason", draft.reason is None, N_("Please say what kind of thing happened.")),
        *(
            (name, day is not None and not _EARLIEST <= day <= today, N_("Please pick a day that is not to come."))
            for name, day in days.items()
        ),
        ("first", begins and draft.first is None, N_("Please say on which day it began, or might have begun.")),
        (
            "last",
            draft.first is not None and draft.last is not None and draft.last < draft.first,
            N_("The last day comes after the first."),
        ),
        ("washout", not 0 <= draft.washout <= LONGEST_WASHOUT, N_("Please write a number of days from 0 to 90.")),
        (
            "lots",
            draft.reason is Reason.STORAGE and not draft.lot_public_ids,
            N_("Please tick each lot this is about."),
        ),
    ]
    return next(({field: [words]} for field, holds, words in reasons if holds), {})


def scope_of(draft: Draft, *, now: datetime, today: date) -> Scope:
    """How far a sound draft reaches, by the table."""
    match draft.reason:
        case Reason.POSITIVE_TEST if draft.negative is not None:
            return Scope((_months_before(draft.negative, BEFORE_NEGATIVE), today))
        case Reason.SUBSTANCE if draft.first is not None:
            last = draft.last or today
            return Scope((draft.first, min(last + timedelta(days=draft.washout), today)))
        case Reason.INFECTION if draft.first is not None:
            return Scope((draft.first - BEFORE_SIGNS, draft.last or today))
        case Reason.STORAGE:
            return Scope(lot_public_ids=draft.lot_public_ids)
        case Reason.INFANT_ILL:
            return Scope(fed_since=now - FED_LATELY)
        case _:
            return Scope((date.min, today))


def _months_before(day: date, months: int) -> date:
    """The same day of the month so many months earlier; the last of the month where it is shorter."""
    year, month = divmod(day.year * _MONTHS + day.month - 1 - months, _MONTHS)
    first_of_next = date(year + (month + 1) // _MONTHS, (month + 1) % _MONTHS + 1, 1)
    return date(year, month + 1, min(day.day, (first_of_next - timedelta(days=1)).day))


def looked_at_first(reason: Reason, opened_as: OpenedAs) -> bool:
    """
    Whether the milk is held and a moderator looks before families are told.

    A baby falls ill for many reasons: nobody is accused before somebody has looked, whichever way the word came, also
    by a recall code. All else is told at once, and so is what one of the team begins, who has looked.
    """
    at_once = {OpenedAs.MODERATOR, OpenedAs.SCREENER}
    return reason is Reason.INFANT_ILL and opened_as not in at_once


def rests_giving(reason: Reason) -> bool:
    """Whether its donor gives nothing new until a moderator has looked: when something was added to the milk."""
    return reason is Reason.ADULTERATION


def keep_contact_until(pumped_from: date) -> date:
    """Until when a family's contact is kept: six months after the last day on which the milk may be used."""
    return after(after(pumped_from, LONGEST), _HALF_A_YEAR)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a family says became of one lot, in millilitres."""

    lot_id: int
    fed_ml: int = 0
    stored_ml: int = 0
    discarded_ml: int = 0

    def parts(self) -> Iterable[tuple[Entry, int]]:
        """The movements it means; what is still stored is said last, of what is left then."""
        pairs = (
            (Entry.FED, self.fed_ml), (Entry.DISCARDED, self.discarded_ml), (Entry.STORED, self.stored_ml),
        )  # fmt: skip
        return ((kind, volume) for kind, volume in pairs if volume)


def answer_problems(answers: Iterable[Answer], left: dict[int, int]) -> Problems:
    """Why these answers cannot be: by ``lot-`` and the lot's id; ``left`` is what the family still has of each."""
    found: Problems = {}
    for each in answers:
        said = (each.fed_ml, each.stored_ml, each.discarded_ml)
        if min(said) < 0:
            found[f"lot-{each.lot_id}"] = [N_("Please write amounts as numbers.")]
        elif sum(said) > left.get(each.lot_id, 0):
            found[f"lot-{each.lot_id}"] = [N_("Together that is more than you received of this lot and still had.")]
    return found


class NothingToWithdraw(Conflict):
    """No milk is in the scope that was not withdrawn with the same or more urgent words already."""

    code = "nothing_to_withdraw"
    default_message = N_("No milk of these days is left to withdraw: there is none, or its families were told already.")


class GivesNothingNow(Conflict):
    """The donor's giving rests until a moderator has looked; whoever reads it learns nothing of why."""

    code = "giving_rests"
    default_message = N_(
        "That is not possible with this milk just now. Nothing is lost: please look again in a few days."
    )
