"""Life-cycles as tables: which state may follow which."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from app.kernel.errors import Conflict

S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class TransitionTable(Generic[S]):
    """
    The states that may follow each state.

    A state missing from the table is final.
    """

    following: Mapping[S, frozenset[S]]

    def allows(self, current: S, wanted: S) -> bool:
        """
        Whether ``wanted`` may follow ``current``.

        Staying where one is, is not a transition.
        """
        return wanted in self.following.get(current, frozenset())

    def require(self, current: S, wanted: S) -> bool:
        """Return True when the change is to be made, False when ``wanted`` already holds; raise :class:`Conflict`
        otherwise.
        """
        if current is wanted:
            return False
        if not self.allows(current, wanted):
            raise Conflict(code=f"{current}_cannot_become_{wanted}")
        return True

    def is_final(self, state: S) -> bool:
        """Whether nothing follows ``state``."""
        return not self.following.get(state)
