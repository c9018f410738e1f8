"""
The donor's answer to a ready question: one of the catalogue's states, and since when.

An answer is what she told in this conversation on that day; it never changes her offer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.kernel.errors import Invalid
from app.kernel.words import N_
from app.posts.rules.attributes import attribute
from app.posts.rules.checks import OLDEST_SINCE

STATES: Final = ("avoids", "uses", "unknown")
"""What may be answered, as an offer's facts say it."""

_UNREADABLE: Final = N_("We could not read that.")
_NOT_YET: Final = N_("This day has not come yet.")
_LONG_AGO: Final = N_("Please check the year.")


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: a state of :data:`STATES`, since when (avoids only), how much (uses only); None if unsaid."""

    state: str
    since: date | None = None
    level: str | None = None

    def payload(self, key: str) -> dict[str, Any]:
        """As it is stored and sent, about the attribute ``key``; what was not said is left out."""
        said = {"since": self.since.isoformat() if self.since else None, "level": self.level}
        return {"attribute": key, "state": self.state} | {name: value for name, value in said.items() if value}


def read_answer(payload: object, key: str, *, today: date) -> Answer:
    """
    The answer in ``payload`` to the question about ``key``; ``today`` is the donor's own day.

    Raises :class:`Invalid` at ``state``, ``since`` or ``level``.
    """
    said = payload if isinstance(payload, Mapping) else {}
    state = said.get("state")
    if state not in STATES:
        raise Invalid({"state": [N_("Please choose one of the answers.")]})
    since = _since(said.get("since"), today) if state == "avoids" else None
    return Answer(str(state), since, _level(said.get("level"), key) if state == "uses" else None)


def _since(raw: object, today: date) -> date | None:
    if raw is None or raw == "":
        return None
    try:
        day = date.fromisoformat(raw if isinstance(raw, str) else "")
    except ValueError as error:
        raise Invalid({"since": [_UNREADABLE]}) from error
    if day > today:
        raise Invalid({"since": [_NOT_YET]})
    if day < today - OLDEST_SINCE:
        raise Invalid({"since": [_LONG_AGO]})
    return day


def _level(raw: object, key: str) -> str | None:
    if raw is None or raw == "":
        return None
    known = attribute(key)
    if known is None or raw not in known.levels:
        raise Invalid({"level": [_UNREADABLE]})
    return str(raw)
