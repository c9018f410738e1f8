"""
What is next for one person: the list behind the first page a member sees.

The page stands below every capability and cannot ask them, so the factory registers one provider per capability
(``app/<capability>/next_steps.py``). A provider reads, in as few queries as it can, what waits for this person, and
says it in words; this module puts the answers in order.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final

from flask import Flask, current_app

from app.kernel.access import Identity

_EXTENSION: Final = "milkbridge_next_steps"


class Rank(IntEnum):
    """How pressing a step is; the smaller number stands first."""

    BEGIN = 0
    """Nothing else can be done before it."""
    MEETING = 1
    """Somebody will stand at a place at a time."""
    ANSWER = 2
    """Somebody said yes, or invites, and hopes."""
    MESSAGE = 3
    POST = 4
    """A post of one's own needs its author."""
    DUTY = 5
    """Work one took on for others."""
    LATER = 6
    """Agreed, and still some days away."""
    LOOK = 7
    """Nothing waits, and there is something to look at."""
    WAIT = 8
    """Others are at work; nothing to do but to know it."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """
    One thing that is next.

    ``words`` say what is the matter and ``label`` what the button does, both in the reader's language. ``path`` is an
    address of this site, ``picture`` the name of an icon.
    """

    rank: Rank
    words: str
    label: str
    path: str
    picture: str


Provider = Callable[[Identity, datetime], Iterable[NextStep]]
"""Given a person and now, her next steps in one capability, the most pressing first."""


def install(app: Flask, providers: Iterable[Provider]) -> None:
    """Give ``app`` the providers that :func:`next_steps_of` asks."""
    app.extensions[_EXTENSION] = tuple(providers)


def next_steps_of(person: Identity, *, now: datetime) -> list[NextStep]:
    """Everything that is next for ``person``, the most pressing first; of equal rank in the order of the house."""
    providers: tuple[Provider, ...] = current_app.extensions.get(_EXTENSION, ())
    steps = [step for provider in providers for step in provider(person, now)]
    return sorted(steps, key=lambda step: step.rank)
