"""What somebody searches for in her own conversations, and where it stands in what was found."""

import re
from collections.abc import Sequence
from typing import Final

from app.kernel.errors import Invalid
from app.kernel.text import plain_text
from app.kernel.words import N_

SHORTEST: Final = 2
LONGEST: Final = 100
_AROUND: Final = 60
"""Code points of a long message shown before and after the first place."""


def clean_search(raw: object) -> str:
    """What is looked for, on one line and without blanks around it; raises :class:`Invalid` at ``q``."""
    text = " ".join(plain_text(raw).split()) if isinstance(raw, str) else ""
    if not SHORTEST <= len(text) <= LONGEST:
        raise Invalid({"q": [N_("Write between 2 and 100 characters to look for.")]})
    return text


def places(text: str, wanted: str) -> tuple[tuple[int, int], ...]:
    """Where ``wanted`` stands in ``text``, in capitals or small letters: start and end in code points, in order."""
    return tuple(found.span() for found in re.finditer(re.escape(wanted), text, re.IGNORECASE))


def pieces(text: str, spans: Sequence[tuple[int, int]]) -> tuple[tuple[str, bool], ...]:
    """The words around the first of ``spans`` in order, each piece with whether it was looked for; "…" where cut."""
    first = spans[0][0] if spans else 0
    begin, end = max(0, first - _AROUND), min(len(text), first + 2 * _AROUND)
    found: list[tuple[str, bool]] = [("…", False)] if begin else []
    place = begin
    for start, stop in spans:
        if start < end:
            found += [(text[place:start], False), (text[start:stop], True)]
            place = stop
    found.append((text[place : max(place, end)], False))
    if end < len(text):
        found.append(("…", False))
    return tuple(piece for piece in found if piece[0])
