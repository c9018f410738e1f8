"""
Kept promises: how many agreed meetings somebody kept in the last half year, in numbers and nothing else.

No stars, no share, no rank. Whoever reads it sees whole counts, from three meetings on; no list is ordered by them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from app.handoffs.rules.absences import Finding
from app.handoffs.rules.states import CancelReason, HandoffState, MetBy, Side

FADES_AFTER: Final = timedelta(days=180)
"""A meeting counts for so long after the end of its window; at this very moment it counts no more."""

SHOWN_FROM: Final = 3
"""Others see the counts from so many meetings on: fewer say more of chance than of a person."""

LATE_BEFORE: Final = timedelta(hours=24)
"""A meeting called off less than this before its window is called off late."""

ON_TIME_GRACE: Final = timedelta(minutes=15)
"""So long after the window the code may be entered for both to have been on time."""

EXCUSED_BY_A_WORD: Final = 2
"""So many late or missed meetings in half a year are excused by the person's own word that something came up."""


class Outcome(StrEnum):
    """What a meeting was for one of its two people."""

    COMPLETED = "completed"
    LATE = "late"
    NO_SHOW = "no_show"


class Excuse(StrEnum):
    """Why an entry does not count: the person's own word, the other's kindness, a moderator's decision."""

    WORD = "word"
    OTHER = "other"
    MODERATOR = "moderator"


class ExcuseReason(StrEnum):
    """Why a moderator lets an entry go, or does not; none of them says anything of anybody's health."""

    BEYOND_CONTROL = "beyond_control"
    TOLD_IN_TIME = "told_in_time"
    MISTAKE = "mistake"
    SITE_FAULT = "site_fault"
    NOT_ENOUGH = "not_enough"


@dataclass(frozen=True, slots=True)
class Facts:
    """
    What is known of an ended meeting.

    ``ended_by`` is the side that called it off, None for time or nobody; ``met_by`` and ``met_at`` say how and when the
    two met, None when they did not.
    """

    key: str
    state: HandoffState
    window_start: datetime
    window_end: datetime
    agreed: bool
    both_entered: bool
    ended_at: datetime
    ended_by: Side | None
    reason: str | None
    met_by: MetBy | None
    met_at: datetime | None
    finding: Finding
    came_up: frozenset[Side]
    excused: tuple[tuple[Side, Excuse], ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One meeting as it counts for one person; ``at`` is the end of its window."""

    key: str
    at: datetime
    outcome: Outcome
    on_time: bool = False
    came_up: bool = False
    excuse: Excuse | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """The counts of one person; ``total`` is the sum of what counts."""

    completed: int = 0
    on_time: int = 0
    late: int = 0
    no_shows: int = 0

    @property
    def total(self) -> int:
        """How many meetings count."""
        return self.completed + self.late + self.no_shows

    @property
    def is_shown(self) -> bool:
        """Whether others see the counts."""
        return self.total >= SHOWN_FROM


def entry_of(facts: Facts, side: Side) -> Entry | None:
    """What an ended meeting is for one side; None where it counts for nothing."""
    outcome = _outcome(facts, side)
    if outcome is None:
        return None
    return Entry(
        key=facts.key,
        at=facts.window_end,
        outcome=outcome,
        on_time=outcome is Outcome.COMPLETED and _was_on_time(facts),
        came_up=outcome is not Outcome.COMPLETED and _came_up(facts, side),
        excuse=None if outcome is Outcome.COMPLETED else dict(facts.excused).get(side),
    )


def _outcome(facts: Facts, side: Side) -> Outcome | None:
    match facts.state:
        case HandoffState.CONFIRMED:
            return Outcome.COMPLETED if facts.both_entered or facts.met_by is MetBy.CODE else None
        case HandoffState.CANCELLED:
            return Outcome.LATE if facts.ended_by is side and _is_late(facts) else None
        case HandoffState.MISSED:
            return Outcome.NO_SHOW if facts.finding.absent is side else None
        case _:
            return None


def _is_late(facts: Facts) -> bool:
    """Two who met and gave no milk kept their word; a proposal that was never agreed was none."""
    return facts.agreed and facts.met_at is None and facts.ended_at > facts.window_start - LATE_BEFORE


def _was_on_time(facts: Facts) -> bool:
    """Known only by the code at the cooler; who entered amounts alone is not counted as late."""
    return facts.met_by is MetBy.CODE and facts.met_at is not None and facts.met_at <= facts.window_end + ON_TIME_GRACE


def _came_up(facts: Facts, side: Side) -> bool:
    if facts.state is HandoffState.CANCELLED:
        return facts.reason == CancelReason.CAME_UP
    return side in facts.came_up


def with_excuses(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """
    The same entries by time, with those excused that the person's own word excuses.

    The first :data:`EXCUSED_BY_A_WORD` of any half year: which they are hangs on what came before, never on who asks
    when.
    """
    ordered = sorted(entries, key=lambda each: (each.at, each.key))
    words: list[datetime] = []
    found: list[Entry] = []
    for entry in ordered:
        if entry.came_up and entry.excuse is None:
            recent = sum(entry.at - at < FADES_AFTER for at in words)
            words.append(entry.at)
            entry = _excused(entry) if recent < EXCUSED_BY_A_WORD else entry  # noqa: PLW2901 - the same entry, excused.
        found.append(entry)
    return tuple(found)


def _excused(entry: Entry) -> Entry:
    return Entry(entry.key, entry.at, entry.outcome, entry.on_time, entry.came_up, Excuse.WORD)


def has_faded(at: datetime, *, now: datetime) -> bool:
    """Whether a meeting of that moment counts no more."""
    return now - at >= FADES_AFTER


def tally(entries: Iterable[Entry], *, now: datetime) -> Kept:
    """The counts of these entries as they stand at ``now``: faded and excused ones left out."""
    standing = [e for e in with_excuses(entries) if e.excuse is None and not has_faded(e.at, now=now)]
    return Kept(
        completed=sum(e.outcome is Outcome.COMPLETED for e in standing),
        on_time=sum(e.on_time for e in standing),
        late=sum(e.outcome is Outcome.LATE for e in standing),
        no_shows=sum(e.outcome is Outcome.NO_SHOW for e in standing),
    )
