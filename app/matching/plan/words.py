"""The words beside a proposal in a file: plain, in the third person, never a name of a medicine or a substance."""

from collections.abc import Callable
from datetime import date
from typing import Final

from app.geo.distance import BANDS, FARTHEST, SAME_AREA
from app.kernel.words import N_
from app.matching.rules.many.columns import KEYS
from app.posts.rules import attribute

Translate = Callable[..., str]
"""As gettext: an English text with ``%(name)s`` places, and what stands in them."""
Progress = Callable[[str, dict[str, int | str]], None]
"""Hears a phase by its name and the numbers its words need."""

_SAME_AREA: Final = N_("both are in the same area")
_NEARER: Final = N_("less than %(n)s km apart")
_FARTHER: Final = N_("more than %(n)s km apart")
_ALL: Final = N_("enough for all of the %(wanted)s ml still needed")
_ONE_HANDOFF: Final = N_("%(moved)s ml of the %(wanted)s ml still needed, in one handoff")
_WEEKLY: Final = N_("%(moved)s ml again each week")
_REPORTS: Final = N_("donor reports %(none)s")
_REPORTS_SINCE: Final = N_("donor reports %(none)s since %(since)s")
_LITTLE: Final = N_("what the donor reports of %(what)s is within what the family asks for")
_WAITED: Final = N_("the family has waited since %(day)s")
_USE_SOON: Final = N_("the milk should be used by %(day)s")
_LIKE_AGE: Final = N_("the babies are about the same age")


def distance(translate: Translate, band: int, _: int) -> str:
    """How far apart, as the band that may be told."""
    told = BANDS[band]
    if told == SAME_AREA:
        return translate(_SAME_AREA)
    if told == FARTHEST:
        return translate(_FARTHER, n=BANDS[-2].under_km)
    return translate(_NEARER, n=told.under_km)


def enough(translate: Translate, wanted: int, _: int) -> str:
    """A one-time offer that holds all that is needed."""
    return translate(_ALL, wanted=wanted)


def one_handoff(translate: Translate, moved: int, wanted: int) -> str:
    """A one-time offer that the family can take as a whole."""
    return translate(_ONE_HANDOFF, moved=moved, wanted=wanted)


def weekly(translate: Translate, moved: int, _: int) -> str:
    """Milk that comes again."""
    return translate(_WEEKLY, moved=moved)


def diet(translate: Translate, key: int, since: int) -> str:
    """What the donor reports of one thing; ``since`` is an ordinal, 0 for no date, -1 for use within a level."""
    known = attribute(KEYS[key])
    if known is None:
        return ""
    if since < 0:
        return translate(_LITTLE, what=translate(known.label).lower())
    none = translate(known.none)
    return translate(_REPORTS_SINCE, none=none, since=_day(since)) if since else translate(_REPORTS, none=none)


def waited(translate: Translate, day: int, _: int) -> str:
    """Since when the family waits."""
    return translate(_WAITED, day=_day(day))


def use_soon(translate: Translate, day: int, _: int) -> str:
    """Until when the milk keeps."""
    return translate(_USE_SOON, day=_day(day))


def like_age(translate: Translate, _: int, __: int) -> str:
    """Both babies are of one age."""
    return translate(_LIKE_AGE)


def _day(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()
