"""
The six digits by which two people at a cooler show the site that they met.

Each of the two has a code of her own and the other types it in, on either phone, at once or later: so one of them
needs no network at the cooler, and nobody can say it alone.
"""

import secrets
from hmac import compare_digest
from typing import Final

LENGTH: Final = 6

MOST_TRIES: Final = 5
"""So often somebody may type a wrong code of one meeting: the chance to guess it stays at five in a million."""

LONGEST_NAME: Final = 60
"""Letters the name of somebody who comes in one's place may have."""


def new_code() -> str:
    """Six digits made by chance."""
    return f"{secrets.randbelow(10**LENGTH):0{LENGTH}}"


def digits_of(typed: str) -> str:
    """The plain digits of what was typed: spaces and dashes do not count, and every script's digits do."""
    return "".join(str(int(sign)) for sign in typed if sign.isdecimal())


def is_code(typed: str) -> bool:
    """Whether what was typed may be a code at all."""
    return len(digits_of(typed)) == LENGTH


def fits(typed: str, code: str) -> bool:
    """Whether what was typed is this code, compared in the same time whatever was typed."""
    return compare_digest(digits_of(typed).encode(), code.encode())
