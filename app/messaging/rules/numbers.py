"""Ids and numbers from outside."""

import uuid
from typing import Final

from app.kernel.errors import Invalid
from app.kernel.words import N_

LARGEST_SEQ: Final = 2**31 - 1
"""The largest sequence number the column holds."""


def clean_client_id(raw: object, *, field: str = "client_id") -> str:
    """
    The id a phone gave its message, as a lower-case UUID with dashes.

    Raises :class:`Invalid` at ``field`` for anything else.
    """
    try:
        return str(uuid.UUID(raw if isinstance(raw, str) else ""))
    except ValueError as error:
        raise Invalid({field: [N_("We could not read that.")]}) from error


def clean_seq(raw: object, *, field: str = "seq") -> int:
    """A sequence number from outside: a whole number from 0 to :data:`LARGEST_SEQ`; :class:`Invalid` otherwise."""
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw <= LARGEST_SEQ:
        raise Invalid({field: [N_("We could not read that.")]})
    return raw
