"""Who may send pictures, and how many somebody may keep here."""

from typing import Final

MOST_KEPT: Final = 50 * 1024 * 1024
"""Bytes of pictures one person may have in conversations: some two hundred."""


def may_send_pictures(*, newcomer: bool, previous_held: bool) -> bool:
    """
    Whether somebody may send a picture: not a newcomer, for nobody reads a picture first as a text is read.

    Nor while something of theirs waits for a moderator: the picture would overtake it.
    """
    return not newcomer and not previous_held


def fits(kept: int, more: int) -> bool:
    """Whether ``more`` bytes may come to those somebody has ``kept`` here, to the very end of :data:`MOST_KEPT`."""
    return kept + more <= MOST_KEPT
