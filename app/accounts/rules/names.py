"""
Chosen display names.

A name is all that others see of a person, so it must not be a way to reach or find her.
"""

import re
from typing import Final

from app.kernel.words import N_

MAX_NAME: Final = 60
"""Characters of a display name after tidying."""

_EMAIL: Final = re.compile(r"\S@\S|\b(?:at|\(at\)|\[at\])\s+\w+\s*(?:dot|\(dot\)|\.)\s*\w{2,}", re.IGNORECASE)
_LINK: Final = re.compile(
    r"://|\bwww\.|\b[\w-]{2,}\.(?:com|org|net|edu|gov|info|io|co|me|app|shop|store|us|ca|uk|de|fr|br|id)\b",
    re.IGNORECASE,
)
_PHONE_DIGITS: Final = 7


def name_problem(name: str) -> str | None:
    """
    Why a tidied ``name`` cannot be shown to others, in plain words; None when it can.

    Refused: empty, longer than :data:`MAX_NAME`, without a letter, or with an e-mail address, a link or a phone number
    (seven digits or more) in it.
    """
    checks = (
        (not name, N_("Please choose a name that others will see.")),
        (len(name) > MAX_NAME, N_("Please choose a name of at most 60 characters.")),
        (bool(_EMAIL.search(name)), N_("Please leave your e-mail address out of your name: everybody sees it.")),
        (bool(_LINK.search(name)), N_("Please leave links out of your name.")),
        (_digits(name) >= _PHONE_DIGITS, N_("Please leave your phone number out of your name: everybody sees it.")),
        (not any(sign.isalpha() for sign in name), N_("Please use at least one letter in your name.")),
    )
    return next((words for wrong, words in checks if wrong), None)


def _digits(name: str) -> int:
    return sum(sign.isdigit() for sign in name)
