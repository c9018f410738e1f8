"""
Moments are UTC and aware; days are calendar days.

The current moment is always an argument, read once at the face.
"""

from datetime import UTC, datetime


def as_utc(moment: datetime) -> datetime:
    """
    The same moment in UTC.

    Raises :class:`ValueError` for a naive moment, because guessing its zone would be a lie.
    """
    if moment.tzinfo is None:
        msg = "a moment needs a time zone"
        raise ValueError(msg)
    return moment.astimezone(UTC)
