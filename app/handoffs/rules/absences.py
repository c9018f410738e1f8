"""
A meeting that did not happen: what each of the two says about it, and what follows from both together.

Nobody is believed more than the other. Two who contradict each other count for nobody, and neither does what is never
said.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from app.handoffs.rules.states import Side

ANSWER_WITHIN: Final = timedelta(days=5)
"""How long the other may answer before what the first one said stands alone."""

REPEATED: Final = 2
"""From so many contradictions of one person within half a year on, a moderator is told."""


class Said(StrEnum):
    """What one of the two says of herself: she was there and nobody came, she was not there, neither was."""

    WAS_THERE = "was_there"
    NOT_THERE = "not_there"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Statement:
    """One side's words; ``came_up`` says that something came up that could not wait, and never what."""

    side: Side
    said: Said
    at: datetime
    came_up: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """
    What follows: who did not come, as far as that counts.

    ``contested`` are two who contradict each other. ``waits_for`` is who may still change it with a word.
    """

    absent: Side | None = None
    contested: bool = False
    waits_for: Side | None = None


NOBODY: Final = Finding()


def other_side(side: Side) -> Side:
    """The side across."""
    return Side.FAMILY if side is Side.DONOR else Side.DONOR


def answer_until(first: Statement) -> datetime:
    """Until when the other may answer; the very moment is too late."""
    return first.at + ANSWER_WITHIN


def finding(statements: tuple[Statement, ...], *, now: datetime) -> Finding:
    """
    What the statements come to, in whatever order they were given; none are the word of time alone.

    ============= ============================ =======================================
    the first     the other                    what counts
    ============= ============================ =======================================
    was there     says nothing, in five days   nothing yet
    was there     says nothing, after that     the other did not come
    was there     was not there                the other did not come
    was there     was there, or neither was    nothing: they contradict each other
    was not there says nothing, or was there   the first did not come
    was not there was not there either         nothing
    neither was   says nothing, or not there   nothing
    neither was   was there                    nothing: they contradict each other
    ============= ============================ =======================================
    """
    if not statements:
        return NOBODY
    first, *answers = sorted(statements, key=lambda each: (each.at, each.side))
    return _both(first, answers[0]) if answers else _alone(first, now=now)


def _alone(first: Statement, *, now: datetime) -> Finding:
    other = other_side(first.side)
    waits_for = other if now < answer_until(first) else None
    if first.said is Said.NOT_THERE:
        return Finding(absent=first.side, waits_for=waits_for)
    if first.said is Said.WAS_THERE and waits_for is None:
        return Finding(absent=other)
    return Finding(waits_for=waits_for)


def _both(one: Statement, two: Statement) -> Finding:
    words = {one.said, two.said}
    if words == {Said.WAS_THERE, Said.NOT_THERE}:
        return Finding(absent=one.side if one.said is Said.NOT_THERE else two.side)
    return Finding(contested=Said.WAS_THERE in words)


def leaves_to_others(statements: tuple[Statement, ...]) -> bool:
    """
    Whether a family whose meeting did not happen gives its place to the next: it did not come, or nobody says a word.

    Two who could not, and a donor who did not come, plan anew as they like.
    """
    if not statements:
        return True
    first = min(statements, key=lambda each: each.at)
    return (first.side, first.said) in {(Side.DONOR, Said.WAS_THERE), (Side.FAMILY, Said.NOT_THERE)}
