"""What a message can be."""

from enum import StrEnum
from typing import Final


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
