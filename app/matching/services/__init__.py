"""
The use-cases of matching: speak first, answer, take back, and the end of what nobody answered.

This package's names are its public face.
"""

from app.matching.services.answer import accept, decline, take_back
from app.matching.services.contact import invite, say_yes
from app.matching.services.ending import close_open_interests, lapse_silent
from app.matching.services.notices import TELL_NEXT_BEST, tell_next_best

__all__ = [
    "TELL_NEXT_BEST",
    "accept",
    "close_open_interests",
    "decline",
    "invite",
    "lapse_silent",
    "say_yes",
    "take_back",
    "tell_next_best",
]
