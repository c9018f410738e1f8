"""
The short code of a lot: eight signs that a tired person can write on a bag and read off again.

No sign is used that a hand makes look like another one: no 0 O Q, 1 I L, S (5), Z (2), B (8), G (6), U V, and no A, so
that no code spells a word. What is left are 23 signs, and 23 is a prime. The last sign is a check: the sum of all
signs' values, each times its place counted from the right (1 to 8), is a multiple of 23. It is the scheme of the
ten-digit book number (ISO 2108, modulo 11) with another prime.

Why that finds the usual slips: one wrong sign changes the sum by place × difference; two signs swapped change it by the
difference of their places times the difference of their values. No factor is a multiple of the prime 23, so neither is
the product. It finds every single wrong sign and every swap of any two, neighbours or not; of other slips 22 in 23.
"""

import re
import secrets
from typing import Final

SIGNS: Final = "23456789CDEFHJKMNPRTWXY"
"""The signs in the order of their values, 0 to 22."""

LENGTH: Final = 8
"""Signs of a code, the check among them: 23 ** 7, some 3.4 billion codes."""

_VALUES: Final = {sign: value for value, sign in enumerate(SIGNS)}
_BLANK: Final = re.compile(r"[\s\-\u2010-\u2015.]+")
_LONGEST: Final = 40


def new_code() -> str:
    """A fresh random code; it holds no date, no count and nobody."""
    return with_check("".join(secrets.choice(SIGNS) for _place in range(LENGTH - 1)))


def with_check(signs: str) -> str:
    """The code of these seven signs: themselves and their check; raises ValueError for anything else."""
    if len(signs) != LENGTH - 1 or any(sign not in _VALUES for sign in signs):
        msg = "seven signs of a code are needed"
        raise ValueError(msg)
    return signs + SIGNS[-_sum(signs + SIGNS[0]) % len(SIGNS)]


def read_code(text: str) -> str | None:
    """
    The code somebody typed, whatever its case, blanks and dashes; None when it is none or a slip is in it.

    Nothing is guessed: a sign that no code has is not exchanged for one that looks like it.
    """
    code = _BLANK.sub("", text[:_LONGEST]).upper()
    if len(code) != LENGTH or any(sign not in _VALUES for sign in code):
        return None
    return code if _sum(code) % len(SIGNS) == 0 else None


def shown(code: str) -> str:
    """A code as people read it: ``2C4D-EF67``."""
    return f"{code[:4]}-{code[4:]}"


def _sum(signs: str) -> int:
    return sum(place * _VALUES[sign] for place, sign in enumerate(reversed(signs), start=1))
