"""
The base of what happened.

Capabilities declare their own events as frozen dataclasses in the past tense.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened ``at`` a moment (UTC); it carries ids and quantities, never words, health facts or
    places of people.
    """

    at: datetime
