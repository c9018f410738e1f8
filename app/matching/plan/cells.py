"""One cell at a time: text into a number, a day, a word of ours; what cannot be read is a CellError with its reason."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from app.kernel.text import one_line
from app.kernel.words import N_
from app.matching.plan.problems import CellError, echo
from app.matching.rules.many.columns import microseconds

_NUMBER: Final = re.compile(r"\d{1,9}(\.\d{1,6}|,\d{1,2})?")
_ONE_DAY: Final = timedelta(days=1)
_LONGEST_ID: Final = 200
_YEARS: Final = range(2000, 2100)
"""The years that a day of a file may lie in: whatever else stands there was mistyped."""
_YES: Final = frozenset({"yes", "y", "true", "1", "x"})
_NO: Final = frozenset({"no", "n", "false", "0"})

_MISSING: Final = N_("please fill this in")
_NO_NUMBER: Final = N_("this is no number; write it without unit and without thousands separators, such as 1200")
_OUTSIDE: Final = N_("this must be a number from %(least)s to %(most)s")
_NO_DAY: Final = N_("this is no day; write it as 2026-03-12")
_NO_MOMENT: Final = N_("this is no day or time; write it as 2026-03-12 or 2026-03-12T09:30:00+00:00")
_NO_YEAR: Final = N_("the year of this day must be one from %(first)s to %(last)s")
_NO_YES: Final = N_("write yes or no")
_NOT_LISTED: Final = N_("this must be one of %(words)s")
_TOO_LONG: Final = N_("this id is longer than 200 characters")


def identity(text: str) -> str:
    """An id: any text on one line of 1 to 200 characters."""
    found = one_line(text) if not (text.isascii() and text.isprintable()) else text.strip()
    if not found:
        raise CellError(_MISSING)
    if len(found) > _LONGEST_ID:
        raise CellError(_TOO_LONG)
    return found


def identities(texts: Sequence[str]) -> list[str] | None:
    """As :func:`identity` for many ids at once; None when one of them has to be looked at by itself."""
    together = "".join(texts)
    if not (together.isascii() and together.isprintable()):
        return None
    found = list(map(str.strip, texts))
    return found if all(found) and max(map(len, found), default=0) <= _LONGEST_ID else None


def number(least: float, most: float, *, default: float | None = None) -> Callable[[str], float]:
    """A reader of numbers between two limits, both included; an empty cell is ``default``, or missing without one."""

    def read(text: str) -> float:
        text = text.strip()
        if not text:
            if default is None:
                raise CellError(_MISSING)
            return default
        if not _NUMBER.fullmatch(text.removeprefix("-")):
            raise CellError(_NO_NUMBER)
        found = float(text.replace(",", "."))
        if not least <= found <= most:
            raise CellError(_OUTSIDE, least=f"{least:g}", most=f"{most:g}")
        return found

    return read


def whole(least: int, most: int, *, default: int | None = None) -> Callable[[str], int]:
    """As :func:`number`, rounded to a whole one."""
    read = number(least, most, default=default)
    return lambda text: round(read(text))


def believable(found: date, years: range = _YEARS) -> date:
    """The day (or moment) as it is; one in a year that nobody can mean is a CellError."""
    if found.year not in years:
        raise CellError(_NO_YEAR, first=str(years[0]), last=str(years[-1]))
    return found


def day(text: str) -> int:
    """A calendar day as its ordinal, 0 for an empty cell; of a moment only the day counts."""
    text = text.strip()
    if not text:
        return 0
    return believable(_day_in(text)).toordinal()


def _day_in(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise CellError(_NO_DAY) from None


def moment(text: str, *, end_of_day: bool = False) -> int | None:
    """Microseconds since 1970, None for an empty cell. A time without a zone is UTC; a day alone begins at midnight, or
    ends just before the next one.
    """
    text = text.strip()
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise CellError(_NO_MOMENT) from None
    believable(found)
    if end_of_day and found.time() == time() and ":" not in text:
        found += _ONE_DAY - timedelta(microseconds=1)
    return microseconds(found if found.tzinfo is not None else found.replace(tzinfo=UTC))


def end(text: str) -> int | None:
    """As :func:`moment`, the named day included."""
    return moment(text, end_of_day=True)


def yes_or_no(default: Any) -> Callable[[str], Any]:  # noqa: ANN401 - the default may be neither.
    """A reader of yes and no, also true, false, 1, 0, y, n and x; an empty cell is ``default``."""

    def read(text: str) -> Any:  # noqa: ANN401
        said = text.strip().lower()
        if not said:
            return default
        if said not in _YES | _NO:
            raise CellError(_NO_YES)
        return said in _YES

    return read


def one_of(words: tuple[str, ...], default: str) -> Callable[[str], int]:
    """A reader of one of our words as its position; an empty cell is ``default``."""
    at = {word: position for position, word in enumerate(words)}

    def read(text: str) -> int:
        said = "_".join(text.strip().lower().replace("-", " ").split()) or default
        if said not in at:
            raise CellError(_NOT_LISTED, words=", ".join(words), said=echo(text))
        return at[said]

    return read
