"""When what was sent may still be changed, and how long the words before are kept."""

from datetime import datetime, timedelta
from typing import Final

from app.messaging.rules.kinds import WORDS, Kind

EDIT_FOR: Final = timedelta(minutes=15)
"""How long after sending its writer may edit a text; the other may have acted on it after that."""

KEEP_VERSIONS: Final = timedelta(days=30)
"""How long the words before an edit or a deletion are kept, so that the other one can still report them."""

KEEP_REPORTED: Final = timedelta(days=365)
"""How long they are kept once reported: the case, and the six months in which a decision may be appealed."""

KEEP_HELD: Final = timedelta(days=30)
"""How long what a moderator decided about stays as a row, so that its writer can still read what was not sent."""

ADDRESS_FOR: Final = timedelta(hours=72)
"""How long an address is shown at most."""


def may_edit(kind: Kind, sent_at: datetime, *, now: datetime) -> bool:
    """Whether a message may be edited at ``now``: a text, to the very end of :data:`EDIT_FOR`."""
    return kind is Kind.TEXT and now - sent_at <= EDIT_FOR


def may_delete(kind: Kind) -> bool:
    """Whether a message may be deleted, at any time: what a person said, not a card nor a line of the system."""
    return kind in WORDS
