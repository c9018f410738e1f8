"""What the API takes and gives of kept promises: a member's own counts, and a wish to let one meeting go."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.handoffs.rules.promises import Excuse, Outcome
from app.web.api import ID, Answered, Asked

_Outcome = Annotated[str, Field(json_schema_extra={"enum": list(Outcome)})]
_Excuse = Annotated[str | None, Field(json_schema_extra={"enum": [*Excuse, None]})]
_Asked = Annotated[
    str | None,
    Field(description="What became of a wish to let it go.", examples=["asked", "review", "given", "refused"]),
]


class KeptOut(Answered):
    """Counts of the last half year; ``shown`` says that others see them, from three meetings on."""

    completed: int
    on_time: int
    late: int
    no_shows: int
    shown: bool


class EntryOut(Answered):
    """
    One's own meeting as it counts.

    ``excuse`` is why it does not count, null when it does. ``may`` names what can be done about it now: ``ask`` the
    other, ``moderator``.
    """

    handoff_id: ID
    other: str
    at: datetime
    outcome: _Outcome
    on_time: bool
    excuse: _Excuse
    asked: _Asked
    may: list[str]


class PromisesOut(Answered):
    """One's own counts, and each meeting behind them, the newest first."""

    kept: KeptOut
    entries: list[EntryOut]


class ExcuseOut(Answered):
    """
    What an ended meeting counts for.

    ``mine`` is one's own late or missed meeting, null for none. ``other_counts`` is what it is for the other and can be
    let go, ``other_asked`` that the other wishes it.
    """

    mine: EntryOut | None
    other_counts: Annotated[str | None, Field(json_schema_extra={"enum": [*Outcome, None]})]
    other_asked: bool


class ExcuseIn(Asked):
    """Whether the other's meeting is let go (true), or stays (false, when asked)."""

    excused: bool
