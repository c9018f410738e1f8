"""
The one place that reads the wall clock.

Faces call it once and pass the moment on as ``now``.
"""

from datetime import UTC, datetime


def utcnow() -> datetime:
    """The current moment, aware, in UTC."""
    return datetime.now(UTC)
