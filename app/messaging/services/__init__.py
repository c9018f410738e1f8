"""
Use-cases of conversations, one concept a file.

Order and membership are decided by one UPDATE of the conversation's row; that nothing is doubled, by the unique id the
phone gave its message. This package's names are its public face.
"""

from app.messaging.services.cards import post_card
from app.messaging.services.opening import open_conversation
from app.messaging.services.reading import mark_read
from app.messaging.services.refusals import closed
from app.messaging.services.reminding import REMIND, REMIND_AFTER, remind, remind_later
from app.messaging.services.sending import send

__all__ = [
    "REMIND",
    "REMIND_AFTER",
    "closed",
    "mark_read",
    "open_conversation",
    "post_card",
    "remind",
    "remind_later",
    "send",
]
