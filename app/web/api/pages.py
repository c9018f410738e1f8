"""
Lists in pages, by a cursor that names the last entry seen and tells nothing else.

Most lists of this API belong to one person and are short, so a page is cut from the whole list: what is added or ended
between two pages neither doubles nor hides another entry. A long list asks its own query with the entry a cursor names.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import TypeVar

from app.kernel.errors import Invalid
from app.kernel.words import N_
from app.web.api.models import PageQuery

Entry = TypeVar("Entry")
GONE = N_("This page is gone, because its last entry is. Please begin again without a cursor.")
UNREADABLE = N_("This is no cursor of ours. Please send back `next` as it was given.")


def page_of(
    entries: Sequence[Entry], asked: PageQuery, key: Callable[[Entry], str]
) -> tuple[Sequence[Entry], str | None]:
    """
    The entries after the cursor, at most ``asked.limit``, and the cursor of what follows (None at the end).

    ``key`` is an entry's public id. Raises :class:`Invalid` at ``cursor`` for one that cannot be read or whose entry is
    gone.
    """
    start = 0
    if asked.cursor:
        last = cursor_read(asked.cursor)
        start = next((place for place, entry in enumerate(entries, 1) if key(entry) == last), 0)
        if not start:
            raise Invalid({"cursor": [GONE]})
    part = entries[start : start + asked.limit]
    more = start + len(part) < len(entries)
    return part, cursor_at(key(part[-1])) if more and part else None


def cursor_at(public_id: str) -> str:
    """The cursor of what follows the entry with this public id."""
    return base64.urlsafe_b64encode(f"1:{public_id}".encode()).decode().rstrip("=")


def cursor_read(cursor: str) -> str:
    """The public id that a cursor names; raises :class:`Invalid` at ``cursor`` for one that is none of ours."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError, ValueError):
        raise Invalid({"cursor": [UNREADABLE]}) from None
    version, _, public_id = text.partition(":")
    if version != "1" or "\0" in public_id:
        raise Invalid({"cursor": [UNREADABLE]})
    return public_id
