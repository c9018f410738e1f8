"""
The read side of conversations: small frozen views, each loaded together with the check that its reader may.

This package's names are its public face.
"""

from app.messaging.queries.conversations import (
    between_blocked,
    conversation,
    conversation_for,
    conversation_of_interest,
    opening,
    people_of,
)
from app.messaging.queries.inbox import inbox
from app.messaging.queries.messages import CATCH_UP, PAGE, message, message_of_client, messages_after, messages_before
from app.messaging.queries.questions import asks_of, is_open_ask, ready_questions
from app.messaging.queries.reading import read_up_to, unread_total, waits_unread
from app.messaging.queries.views import ConversationView, InboxLine, MessageView, Opening, OtherPerson, message_view

__all__ = [
    "CATCH_UP",
    "PAGE",
    "ConversationView",
    "InboxLine",
    "MessageView",
    "Opening",
    "OtherPerson",
    "asks_of",
    "between_blocked",
    "conversation",
    "conversation_for",
    "conversation_of_interest",
    "inbox",
    "is_open_ask",
    "message",
    "message_of_client",
    "message_view",
    "messages_after",
    "messages_before",
    "opening",
    "people_of",
    "read_up_to",
    "ready_questions",
    "unread_total",
    "waits_unread",
]
