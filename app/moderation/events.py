"""What happened to a case: ids and quantities only."""

from dataclasses import dataclass

from app.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOpened(Event):
    """Something waits for a moderator."""

    case_id: int
    about_id: int
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDecided(Event):
    """A moderator decided, with reasons."""

    case_id: int
    about_id: int
    action: str
