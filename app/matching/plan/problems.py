"""What is wrong with a file or a row, in plain words and without repeating what may not be repeated."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

_LONGEST_ECHO: Final = 40
_MOST_NAMES: Final = 20
_ECHOED: Final = re.compile(r"[^\W\d_][^\d]*")


@dataclass(frozen=True, slots=True)
class Problem:
    """
    Why a row was left out: the file as it was named, the line its row begins on, the column, the reason.

    ``reason`` is an English sentence for gettext with ``%(name)s`` places, ``values`` what stands in them.
    """

    file: str
    line: int
    column: str
    reason: str
    values: dict[str, str] = field(default_factory=dict)


class UnreadableFileError(Exception):
    """A file that cannot be read at all; ``reason`` and ``values`` as in :class:`Problem`."""

    def __init__(self, reason: str, **values: str) -> None:
        """Keep the reason for the face to translate."""
        super().__init__(reason, values)
        self.reason = reason
        self.values = values

    def __reduce__(self) -> tuple[object, ...]:
        """As a helper hands it over to the process that started it."""
        return _unreadable, (self.reason, self.values)


def _unreadable(reason: str, values: dict[str, str]) -> UnreadableFileError:
    return UnreadableFileError(reason, **values)


class CellError(Exception):
    """A cell that cannot be read; ``column`` is empty when the reader of one column raised it."""

    def __init__(self, reason: str, *, column: str = "", **values: str) -> None:
        """Keep the reason; the row's line is added by whoever knows it."""
        super().__init__(reason)
        self.reason = reason
        self.column = column
        self.values = values


def echo(text: str) -> str:
    """
    The cell as it may be repeated: a short text without any digit, for a coordinate may stand in the wrong cell, and
    without what a terminal would obey.
    """
    return f" “{text}”" if len(text) <= _LONGEST_ECHO and text.isprintable() and _ECHOED.fullmatch(text) else ""


def shown(name: str) -> str:
    """A name out of a file as a terminal may print it: at most 40 signs, and those it would obey written out."""
    clipped = name if len(name) <= _LONGEST_ECHO else name[: _LONGEST_ECHO - 1] + "…"
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape", "backslashreplace").decode() for sign in clipped
    )


def listed(names: Sequence[str]) -> tuple[str, ...]:
    """The first 20 of these names as :func:`shown`, and how many more there are."""
    more = len(names) - _MOST_NAMES
    return (*map(shown, names[:_MOST_NAMES]), *((f"… (+{more})",) if more > 0 else ()))
