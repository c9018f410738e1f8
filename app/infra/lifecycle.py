"""The one way a row changes its state: its table of changes is asked, the row says so, and a row of history is left."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from sqlalchemy.orm import Session

from app.infra.database import Base
from app.kernel.states import TransitionTable


class Stateful(Protocol):
    """A row with a state."""

    id: int
    state: str


R = TypeVar("R", bound=Stateful)
S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class LifeCycle(Generic[R, S]):
    """
    How the rows of one table change.

    ``following`` says which state may follow which. ``trail`` is the table of history, whose column ``trail_key`` names
    the row and which further has ``old_state``, ``new_state``, ``actor_id``, ``reason`` and ``changed_at``. ``enters``
    notes in the row what else the new state means for it, before the history is written.
    """

    states: type[S]
    following: TransitionTable[S]
    trail: type[Base]
    trail_key: str
    enters: Callable[[R, S, datetime], None]

    def note(
        self, session: Session, row: R, old: S | None, *, actor_id: int | None, reason: str | None = None, now: datetime
    ) -> None:
        """
        Leave a row of history: the state is no longer ``old`` (None: the row is new) but what it is now.

        ``actor_id`` is None for what nobody did, but time.
        """
        change = {"old_state": old, "new_state": row.state, "actor_id": actor_id, "reason": reason, "changed_at": now}
        session.add(self.trail(**{self.trail_key: row.id}, **change))

    def move(
        self, session: Session, row: R, wanted: S, *, actor_id: int | None, reason: str | None = None, now: datetime
    ) -> S | None:
        """
        Bring ``row`` into ``wanted`` and return the state it left; None, and nothing written, when it stood there.

        Raises :class:`~app.kernel.errors.Conflict` for a change the table does not know.
        """
        old = self.states(row.state)
        if not self.following.require(old, wanted):
            return None
        row.state = wanted.value
        self.enters(row, wanted, now)
        self.note(session, row, old, actor_id=actor_id, reason=reason, now=now)
        session.flush()
        return old
