"""What a message can be."""

from enum import StrEnum


class Kind(StrEnum):
    """What a message is."""

    TEXT = "text"
    QUESTION = "question"
    CARD = "card"
    SYSTEM = "system"
