"""What a message can be."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final


class Kind(StrEnum):
    """What a message is."""

    TEXT = "text"
    QUESTION = "question"
    ANSWER = "answer"
    PHRASE = "phrase"
    PICTURE = "picture"
    CARD = "card"
    SYSTEM = "system"


WORDS: Final = frozenset({Kind.TEXT, Kind.QUESTION, Kind.ANSWER, Kind.PHRASE, Kind.PICTURE})
"""What a person says; a card brings a notice of its own, and a line of the system needs none."""

OF_THE_SITE: Final = frozenset({"withdrawal"})
"""Cards that neither of the two posted: they stand between them, and nobody said them."""


def is_of_the_site(kind: Kind, payload: Mapping[str, Any] | None) -> bool:
    """Whether a message is a card of the site itself, whoever its row is kept under."""
    return kind is Kind.CARD and not OF_THE_SITE.isdisjoint(payload or {})
