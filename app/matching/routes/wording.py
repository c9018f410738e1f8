"""
Fit, reasons and distance in sentences, as template filters.

The site says what a donor reports and since when; it never says that milk is free of anything, and never speaks of
points.
"""

import math
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Final

from flask_babel import gettext as _
from flask_babel import ngettext

from app.geo.distance import FARTHEST, SAME_AREA, TRAVEL_KM, TRAVEL_MILES, DistanceBand
from app.kernel.quantities import Millilitres
from app.kernel.words import N_
from app.matching.configuration import matching_rules
from app.matching.queries import MapArea, Match, MatchList, Wider
from app.matching.queries.cards import Card
from app.matching.routes.blueprint import blueprint
from app.matching.rules.fit import Explained, Why
from app.matching.rules.reasons import Kind, Reason
from app.posts.queries import PostView
from app.posts.rules import BABY_AGE_BANDS, LEVELS, STORAGE, attribute
from app.web.maps import Picture, Side, areas_map
from app.web.templating import day, reader, said_once, volume

_WHY: Final = {
    Why.AVOIDED_LONG_ENOUGH: N_("donor reports %(none)s since %(since)s, %(days)s days before the first pumping"),
    Why.AVOIDS_ALWAYS: N_("donor reports %(none)s"),
    Why.AVOIDED_FEWER_DAYS: N_(
        "donor reports %(none)s since %(since)s, %(days)s days before the first pumping; asked for: %(asked)s days"
    ),
    Why.AVOIDS_WITHOUT_DATE: N_("donor reports %(none)s, but not since when"),
    Why.PUMPING_DATE_UNSAID: N_("donor reports %(none)s since %(since)s, but not when this milk was pumped"),
    Why.PARTLY_PUMPED_BEFORE: N_("some of this milk was pumped before %(since)s, when the donor began with %(none)s"),
    Why.PUMPED_BEFORE: N_("this milk was pumped before %(since)s, when the donor began with %(none)s"),
    Why.USES: N_("donor reports %(some)s"),
    Why.NOT_SAID: N_("%(what)s: not said, you can ask"),
    Why.WITHIN_LEVEL: N_("donor reports %(some)s: %(level)s"),
    Why.ABOVE_LEVEL: N_("donor reports %(some)s: %(level)s, more than asked for"),
    Why.LEVEL_NOT_SAID: N_("donor reports %(some)s, but not how much"),
    Why.LEVEL_BEFORE_UNSAID: N_(
        "this milk was pumped before %(since)s, when the donor began with %(none)s; how much before is not said"
    ),
    Why.USES_TO_ASK: N_("takes a medicine: ask"),
    Why.USED_ONLY_LATER: N_("what the donor reports of %(some)s counts from %(since)s on; before that: not said"),
    Why.PUMPED_WITHIN: N_("pumped from %(since)s on; asked for: %(wanted)s"),
    Why.PARTLY_OLDER: N_("some was pumped on %(since)s; asked for: %(wanted)s"),
    Why.OLDER: N_("pumped until %(since)s; asked for: %(wanted)s"),
    Why.TASTE_KEPT: N_("donor thawed some and noticed no soapy taste"),
    Why.SCALDED: N_("donor scalded it before freezing, so the taste should keep"),
    Why.TURNS_SOAPY: N_("donor says it tastes soapy after some days"),
}
_USABLE: Final = N_("%(words)s; milk pumped from %(day)s on fits")

_FOR_FAMILY: Final = {
    Kind.FIRST_MILK: N_("it would be your first milk through Milkbridge"),
    Kind.VOLUME: N_("%(moved)s, all of the %(wanted)s you still need"),
    Kind.ONE_HANDOFF: N_("%(moved)s of the %(wanted)s you still need, in one handoff"),
    Kind.WEEKLY: N_("%(moved)s again each week"),
    Kind.WAITED: N_("you have waited since %(day)s"),
    Kind.USE_SOON: N_("it should be used by %(day)s"),
    Kind.LIKE_AGE: N_("your babies are about the same age"),
    Kind.NEED: N_("you shared that your need is great"),
    Kind.FREEZER_EMPTY: N_("you have little milk left"),
}
_FOR_DONOR: Final = {
    Kind.FIRST_MILK: N_("it would be their first milk through Milkbridge"),
    Kind.VOLUME: N_("you have all of the %(wanted)s they still need"),
    Kind.ONE_HANDOFF: N_("they could take all %(moved)s in one handoff"),
    Kind.WEEKLY: N_("they need milk every day, and you have %(moved)s a week"),
    Kind.WAITED: N_("they have waited since %(day)s"),
    Kind.USE_SOON: N_("your milk should be used by %(day)s"),
    Kind.LIKE_AGE: N_("your babies are about the same age"),
    Kind.NEED: N_("they shared that their need is great"),
    Kind.FREEZER_EMPTY: N_("they shared that little milk is left"),
}


@blueprint.app_template_global()
def silent_days() -> int:
    """After how many days of silence a yes ends; a part of a day counts as one."""
    return math.ceil(matching_rules().rounds.silence / timedelta(days=1))


@blueprint.app_template_filter()
def what_label(key: str) -> str:
    """The name of an attribute of the catalogue, in the reader's language."""
    known = attribute(key)
    return str(_(known.label)) if known is not None else ""


@blueprint.app_template_filter()
@said_once
def band_words(band: DistanceBand) -> str:
    """How far apart two areas are, as a band in the reader's unit."""
    if band == SAME_AREA:
        return str(_("in the same area"))
    miles = reader().distance_unit == "mi"
    if band == FARTHEST:
        return str(_("more than %(n)s miles away", n=150) if miles else _("more than %(n)s km away", n=240))
    under = band.under_miles if miles else band.under_km
    return str(_("less than %(n)s miles away", n=under) if miles else _("less than %(n)s km away", n=under))


@blueprint.app_template_filter()
@said_once
def fit_words(item: Explained) -> str:
    """What made the answer to one wish, with its dates."""
    known = attribute(item.wish.attribute)
    if known is None:
        return ""
    words = _(
        _WHY[item.why],
        what=_(known.label),
        none=_(known.none),
        some=_(known.some),
        since=day(item.since),
        days=item.days if item.days is not None else "",
        asked=item.wish.avoid_days or 0,
        level=_(LEVELS[item.level]) if item.level in LEVELS else "",
        wanted=_(LEVELS[item.wish.level]) if item.wish.level in LEVELS else "",
    )
    if item.usable_from is not None:
        words = _(_USABLE, words=words, day=day(item.usable_from))
    return str(words)


@blueprint.app_template_filter()
def reason_words(reason: Reason, side: str) -> str:
    """One reason as the reader's ``side`` (``family`` or ``donor``) reads it."""
    if reason.kind is Kind.DISTANCE and reason.band is not None:
        return str(_("%(far)s, and you both travel", far=band_words(reason.band)))
    if reason.kind is Kind.DIET and reason.explained is not None:
        return fit_words(reason.explained)
    return _reason(reason.kind, side, reason.moved, reason.wanted, reason.day)


@said_once
def _reason(kind: Kind, side: str, moved: Millilitres | None, wanted: Millilitres | None, when: date | None) -> str:
    words = (_FOR_FAMILY if side == "family" else _FOR_DONOR)[kind]
    return str(_(words, moved=volume(moved), wanted=volume(wanted), day=day(when)))


@blueprint.app_template_filter()
def card_title(card: Card) -> str:
    """A card in one line: how much, how often."""
    if card.need_per_day is not None:
        return str(_("Needs %(amount)s a day for %(n)s days", amount=volume(card.need_per_day), n=card.days))
    if card.weekly:
        return str(_("Offers %(amount)s a week", amount=volume(card.volume)))
    return str(_("Offers %(amount)s", amount=volume(card.volume)))


@blueprint.app_template_filter()
def fit_rows(match: Match) -> list[tuple[str, str, None]]:
    """What is met and what would have to be asked, as rows for the marks."""
    return [("meets", fit_words(item), None) for item in match.meets] + [
        ("ask", fit_words(item), None) for item in match.asks
    ]


def card_words() -> Mapping[str, Mapping[str, str]]:
    """The words of stored choices, for cards."""
    return {"storage": STORAGE, "bands": BABY_AGE_BANDS}


def picture(points: Iterable[MapArea], kind: str, own: PostView | None = None) -> Picture | None:
    """A map of a list of offers or requests, with one's own place; None when there is nothing to draw."""
    side: Side = "offer" if kind == "offer" else "request"
    rows: list[tuple[int, Side, str, float | None, str | None]] = [
        (point.area_id, side, _("%(n)s near %(place)s", n=point.posts, place=point.name), None, None)
        for point in points
    ]
    if not rows:
        return None
    if own is not None:
        rows.insert(0, (own.area_id, "mine", _("you"), own.travel_km, None))
    return areas_map(rows)


@blueprint.app_template_filter()
def reach_words(reach: MatchList, side: str) -> str:
    """How many fit and how many of them are listed, in one sentence."""
    listed = len(reach.matches)
    if reach.passing is None:
        return str(_("More fit than are listed: here are the best %(n)s.", n=listed))
    if listed < reach.passing:
        return str(_("%(all)s fit. Here are the best %(n)s.", all=reach.passing, n=listed))
    if reach.fitting is not None and reach.passing < reach.fitting:
        return str(_("%(n)s of the %(all)s that fit pass your filters.", n=listed, all=reach.fitting))
    if not listed:
        return str(_("We look every time someone posts within your reach, and tell you."))
    if side == "donor":
        return str(ngettext("%(num)s family fits.", "%(num)s families fit.", listed))
    return str(ngettext("%(num)s offer fits.", "%(num)s offers fit.", listed))


@blueprint.app_template_filter()
def wider_words(step: Wider, side: str) -> str:
    """What a larger radius would add."""
    at = TRAVEL_KM.index(int(step.radius))
    miles = reader().distance_unit == "mi"
    radius = _("%(n)s miles", n=TRAVEL_MILES[at]) if miles else _("%(n)s km", n=TRAVEL_KM[at])
    if step.at_least:
        return str(_("If you travelled %(radius)s, at least %(n)s more would fit.", radius=radius, n=step.more))
    if side == "donor":
        words = ngettext(
            "If you travelled %(radius)s, %(num)s more family would fit.",
            "If you travelled %(radius)s, %(num)s more families would fit.",
            step.more,
            radius=radius,
        )
    else:
        words = ngettext(
            "If you travelled %(radius)s, %(num)s more offer would fit.",
            "If you travelled %(radius)s, %(num)s more offers would fit.",
            step.more,
            radius=radius,
        )
    return str(words)
