"""
What templates share: volumes and lengths in the reader's units, dates in the reader's words, icons, and the marks of
fit.

A volume is stored in millilitres and shown in ounces or millilitres; a distance is shown only as the band the geo
ground gives.
"""

from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache, partial, update_wrapper
from typing import Any, Final, Generic, ParamSpec, Protocol, TypeVar

import heroicons.jinja
from babel import Locale
from babel.dates import format_date, format_datetime, format_time, format_timedelta, get_timezone
from flask import Flask, request
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup

from app.infra.clock import utcnow
from app.kernel.quantities import Millilitres, ounces
from app.web import maps, navigation
from app.web.translating import Languages

babel = Languages()
LAUNCH_LANGUAGES: Final = ("en", "es", "fr", "de", "pt", "id", "ar")
P = ParamSpec("P")
Said = TypeVar("Said")
SENTENCES: Final = 10_000
"""So many sentences of a kind are kept in a process, about 300 bytes each."""
THEME_COOKIE: Final = "theme"
THEMES: Final = {"light": "milk", "dark": "milk-night"}
"""What a reader may choose, and the theme's name in the style sheet; without a choice the device decides."""


class Reader(Protocol):
    """How somebody wants quantities and times shown."""

    volume_unit: str
    distance_unit: str
    timezone: str


class Visitor:
    """The reader's units before anybody signed in."""

    volume_unit = "oz"
    distance_unit = "mi"
    timezone = "UTC"


def reader() -> Reader:
    """The signed-in person's preferences, or the defaults."""
    # The library's stand-in for the visitor looks him up anew at each of its names.
    person = current_user._get_current_object()  # noqa: SLF001 - it has no public name.
    return person if person is not None and person.is_authenticated else Visitor()


def volume(amount: Millilitres | None) -> str:
    """A volume in the reader's unit, rounded to whole ounces or ten millilitres; an empty string for None."""
    if amount is None:
        return ""
    if reader().volume_unit == "oz":
        return str(_("%(n)s oz", n=round(ounces(amount))))
    return str(_("%(n)s ml", n=round(amount, -1) if amount >= 100 else amount))  # noqa: PLR2004 - small amounts stay exact.


def day(value: date | None) -> str:
    """A calendar day in the reader's words, such as "12 Mar 2026"; of a moment, the day it is in the reader's zone."""
    if isinstance(value, datetime):
        value = _local(value).date()
    return _day_in(value, get_locale()) if value else ""


@lru_cache(maxsize=2_000)
def _day_in(value: date, language: Locale | None) -> str:
    return format_date(value, format="medium", locale=str(language))


def _name_of(language: Locale | None) -> tuple[str | None, ...]:
    """What tells a language from all others; the language itself would be compared in its library's own, slow way."""
    return (language.language, language.script, language.territory, language.variant) if language else ()


class Spoken(Generic[P, Said]):
    """Words, or what carries them, kept by who reads and by what is said; see :func:`said_once`."""

    def __init__(self, words: Callable[P, Said]) -> None:
        """Keep what ``words`` makes."""
        update_wrapper(self, words)
        self._words = words
        self._kept = lru_cache(maxsize=SENTENCES)(self._said)

    def _said(self, _language: tuple[str | None, ...], _volumes: str, _distances: str, *said: Any) -> Said:  # noqa: ANN401 - whatever is said.
        return self._words(*said)  # type: ignore[call-arg]

    def __call__(self, *said: P.args, **_named: P.kwargs) -> Said:
        """What ``said`` is for the reader of this moment."""
        return self._kept(*_voice(), *said)

    def aloud(self) -> Callable[P, Said]:
        """
        The same for the reader of this moment, who is found out once and not at each of a list's sentences.

        To be used at once: while somebody else reads, it would keep that reader's words as those of the first.
        """
        return partial(self._kept, *_voice())


def said_once(words: Callable[P, Said]) -> Spoken[P, Said]:
    """
    Keep the sentences that ``words`` makes, by the reader's language and units and by what is said.

    For sentences that hang on nothing else, of which a list says hundreds. What is said is hashable and names nobody.
    """
    return Spoken(words)


def _voice() -> tuple[tuple[str | None, ...], str, str]:
    """What of a reader makes a sentence another: the language, and the units of volumes and of distances."""
    who = reader()
    return _name_of(get_locale()), who.volume_unit, who.distance_unit


def _local(moment: datetime) -> datetime:
    return moment.astimezone(get_timezone(reader().timezone))


def moment(value: datetime | None) -> str:
    """Day and time in the reader's zone."""
    return format_datetime(_local(value), "EEE d MMM, HH:mm", locale=str(get_locale())) if value else ""


def clock_time(value: datetime) -> str:
    """The time of day in the reader's zone."""
    return format_time(_local(value), "short", locale=str(get_locale()))


def ago(value: datetime) -> str:
    """How long ago, in words."""
    return format_timedelta(value - utcnow(), add_direction=True, locale=str(get_locale()))


def direction() -> str:
    """The direction of the reader's script: ``ltr`` or ``rtl``."""
    return str(getattr(get_locale(), "text_direction", "ltr"))


def theme() -> str | None:
    """The reader's own choice, ``light`` or ``dark``; None when the device decides."""
    choice = request.cookies.get(THEME_COOKIE)
    return choice if choice in THEMES else None


def icon(name: str, size: int = 24, *, solid: bool = False, **attributes: str) -> Markup:
    """An inline picture for eyes only (``aria-hidden``): the word beside it carries the meaning."""
    attributes["class"] = f"shrink-0 {attributes.get('class', '')}".strip()
    return _drawn(name, size, solid, tuple(attributes.items()))


@lru_cache(maxsize=500)
def _drawn(name: str, size: int, solid: bool, attributes: tuple[tuple[str, str], ...]) -> Markup:  # noqa: FBT001 - a cached function's plain key.
    draw = heroicons.jinja.heroicon_solid if solid else heroicons.jinja.heroicon_outline
    return Markup(draw(name, size=size, aria_hidden="true", **dict(attributes)))  # noqa: S704 - drawn by the icon package, attributes escaped by its XML writer.


def install(app: Flask) -> None:
    """Give ``app`` its filters, globals and translations."""
    babel.init_app(app)
    babel.speak(app)
    app.jinja_env.filters.update(volume=volume, day=day, moment=moment, clock_time=clock_time, ago=ago)
    shared: dict[str, Any] = {
        "heroicon_outline": heroicons.jinja.heroicon_outline,
        "heroicon_solid": heroicons.jinja.heroicon_solid,
        "reader": reader,
        "locale": get_locale,
        "direction": direction,
        "icon": icon,
        "theme": theme,
        "THEMES": THEMES,
        "link": navigation.link,
        "page_exists": navigation.page_exists,
        "here": navigation.here,
        "is_staff": navigation.is_staff,
        "pair_map": maps.pair_map,
        "areas_map": maps.areas_map,
    }
    app.jinja_env.globals.update(shared)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
