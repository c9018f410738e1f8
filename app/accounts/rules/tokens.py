"""
What a token of the JSON API looks like, how long it lives, and when it opens a door.

Pure: the random bits come in from outside, only a digest is ever compared or kept.
"""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from app.kernel.words import N_

PREFIX: Final = "mb_"
"""Begins every token, so that a scanner of source code recognises one that was left lying about."""

TOKEN_BYTES: Final = 32
"""256 random bits: nobody guesses one, so its digest needs neither salt nor stretching."""

USUAL_DAYS: Final = 90
MOST_DAYS: Final = 365
MOST_TOKENS: Final = 20
"""Tokens of one person that open a door at the same time."""

LONGEST_NAME: Final = 60
USED_STEP: Final = timedelta(hours=1)
"""The last use is kept to the hour: it shows a forgotten token, not somebody's day."""

NAME_NEEDED: Final = N_("Please name it, so that you know it again.")
NAME_TOO_LONG: Final = N_("Please keep the name to 60 characters.")
DAYS_WRONG: Final = N_("Please give a number of days from 1 to 365.")
TOO_MANY: Final = N_("You have twenty tokens, the most at one time. Revoke one you no longer use first.")


def digest(token: str) -> str:
    """What is kept of a token: its SHA-256 in hexadecimal."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def looks_like_token(text: str) -> bool:
    """Whether ``text`` could be one of ours at all."""
    return text.startswith(PREFIX) and text.isascii() and text.isprintable() and len(text) <= 2 * TOKEN_BYTES


def same(kept_digest: str, token: str) -> bool:
    """Whether ``kept_digest`` is the token's, in a time that tells nothing about where they differ."""
    return hmac.compare_digest(kept_digest, digest(token))


def opens(*, expires_at: datetime, revoked_at: datetime | None, now: datetime) -> bool:
    """Whether a token still opens a door at ``now``; at the moment of its end it no longer does."""
    return revoked_at is None and now < expires_at


def made_from(first: int, makers: Iterable[tuple[int, int | None]]) -> set[int]:
    """``first`` and each token made with it or with one of those; ``makers`` are (token, what it was made with)."""
    found = {first}
    # A token is younger than its maker, so in the order of ids each maker comes before what it made.
    for token, maker in sorted(makers):
        if maker in found:
            found.add(token)
    return found


def token_problems(name: str, days: int) -> dict[str, list[str]]:
    """Reasons per field against a new token's ``name`` and life; empty when both can be taken."""
    problems: dict[str, list[str]] = {}
    if not name:
        problems["name"] = [NAME_NEEDED]
    elif len(name) > LONGEST_NAME:
        problems["name"] = [NAME_TOO_LONG]
    if not 1 <= days <= MOST_DAYS:
        problems["days"] = [DAYS_WRONG]
    return problems


def to_the_hour(moment: datetime) -> datetime:
    """The hour ``moment`` falls into."""
    return moment.replace(minute=0, second=0, microsecond=0)
