"""What one of the two may still say of meetings that were missed, for a whole list of handoffs at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.handoffs.queries.absences import statements_by
from app.handoffs.queries.after_all import claims_of
from app.handoffs.queries.views import HandoffView
from app.handoffs.rules.absences import finding
from app.handoffs.rules.after_all import may_deny, may_say
from app.handoffs.rules.states import HandoffState, side_of


@dataclass(frozen=True, slots=True)
class OpenWords:
    """
    What the reader of a handoff may say of it.

    How it was for herself when the other called it missed, that the two met after all, or that they did not.
    """

    missed: bool = False
    met_after_all: bool = False
    not_met: bool = False


def words_open(views: Sequence[HandoffView], *, now: datetime) -> dict[str, OpenWords]:
    """The same for each of these handoffs by its public id, as its reader may: at most two statements for all."""
    missed = [view.public_id for view in views if view.state is HandoffState.MISSED]
    ended = [*missed, *(view.public_id for view in views if view.state is HandoffState.MET)]
    claims, said = claims_of(ended) if ended else {}, statements_by(missed) if missed else {}
    found = {}
    for view in views:
        by = tuple(side_of(view, who or 0) for who in claims.get(view.public_id, ()))
        found[view.public_id] = OpenWords(
            missed=finding(said.get(view.public_id, ()), now=now).waits_for is view.side,
            met_after_all=may_say(view.state, view.window_end, by, view.side, now=now),
            not_met=may_deny(view.state, view.entries, by, view.side),
        )
    return found
