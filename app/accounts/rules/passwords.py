"""
Which passwords are refused: short ones and those that an offline guesser finds first.

No rule about digits or signs: length and rarity are what helps (NIST SP 800-63B, section 3.1.1.2; OWASP ASVS 5.0, 6.2).
Nothing is asked of a foreign host.
"""

import unicodedata
from collections.abc import Iterable
from typing import Final

from app.kernel.words import N_

MIN_PASSWORD: Final = 12
MIN_STAFF_PASSWORD: Final = 15
MAX_PASSWORD: Final = 256
"""Characters; above this somebody tries to keep the server busy with hashing."""

_ESTIMATED: Final = 64
"""The guesser reads this many characters: its time grows steeply, and a longer password is rare by its length."""
_LEAST_SCORE: Final = 3
"""On zxcvbn's scale of 0 to 4: at least a hundred million guesses."""


def normalised_password(typed: str) -> str:
    """The form that is hashed: NFKD, so that two keyboards' ways to write one accent sign in alike."""
    return unicodedata.normalize("NFKD", typed)


def password_problem(password: str, *, staff: bool = False, known: Iterable[str] = ()) -> str | None:
    """
    Why ``password`` is refused, in plain words; None when it is taken.

    ``known`` are words an attacker would try first: the person's own name and e-mail.
    """
    if len(password) < MIN_PASSWORD:
        return N_("Please use at least 12 characters. A few words in a row are easy to remember.")
    if staff and len(password) < MIN_STAFF_PASSWORD:
        return N_("People on the team use at least 15 characters. A few words in a row are easy to remember.")
    if len(password) > MAX_PASSWORD:
        return N_("Please use at most 256 characters.")
    if _is_common(password, known):
        return N_("That password is easy to guess. Try a few words that have nothing to do with each other.")
    return None


def _is_common(password: str, known: Iterable[str]) -> bool:
    # Its lists of words take 13 MB, which a process that nobody gives a new password need not hold.
    from zxcvbn import zxcvbn

    words = ["milkbridge", *(part for word in known for part in word.replace("@", " ").split())]
    return bool(zxcvbn(password[:_ESTIMATED], user_inputs=words)["score"] < _LEAST_SCORE)
