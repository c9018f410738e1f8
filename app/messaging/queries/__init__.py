"""
The read side of conversations: small frozen views, each loaded together with the check that its reader may.

This package's names are its public face.
"""

from app.messaging.queries.addresses import AddressView, addresses
from app.messaging.queries.choices import Choices, choices
from app.messaging.queries.conversations import (
    between_blocked,
    conversation,
    conversation_for,
    conversation_of_interest,
    opening,
    people_of,
    talks_about,
)
from app.messaging.queries.evidence import Version, as_first_sent, earlier_versions
from app.messaging.queries.heads import Head, heads
from app.messaging.queries.held import (
    HeldView,
    Standing,
    earlier_waiting,
    held,
    held_of,
    held_of_client,
    held_view,
    standing,
)
from app.messaging.queries.inbox import inbox
from app.messaging.queries.messages import (
    CATCH_UP,
    PAGE,
    Changes,
    changes_after,
    message,
    message_of_client,
    messages_after,
    messages_before,
)
from app.messaging.queries.pictures import (
    PictureView,
    bytes_kept,
    digest_of_picture,
    names_without_row,
    picture,
    picture_as_evidence,
    pictures,
)
from app.messaging.queries.posted import listening_in
from app.messaging.queries.presence import both_show, seen_by, shows_presence
from app.messaging.queries.questions import answered, asks_of, is_open_ask, ready_questions
from app.messaging.queries.reading import REMIND, look_key, read_up_to, unread_total, waits_unread
from app.messaging.queries.search import MOST_FOUND, Found, search
from app.messaging.queries.sending import Gate, Said, gate, said
from app.messaging.queries.told import Told, fact_of, told_in_conversation
from app.messaging.queries.views import ConversationView, InboxLine, MessageView, Opening, OtherPerson, message_view
from app.messaging.queries.waiting import Stretch, stretch, usually_answers

__all__ = [
    "CATCH_UP",
    "MOST_FOUND",
    "PAGE",
    "REMIND",
    "AddressView",
    "Changes",
    "Choices",
    "ConversationView",
    "Found",
    "Gate",
    "Head",
    "HeldView",
    "InboxLine",
    "MessageView",
    "Opening",
    "OtherPerson",
    "PictureView",
    "Said",
    "Standing",
    "Stretch",
    "Told",
    "Version",
    "addresses",
    "answered",
    "as_first_sent",
    "asks_of",
    "between_blocked",
    "both_show",
    "bytes_kept",
    "changes_after",
    "choices",
    "conversation",
    "conversation_for",
    "conversation_of_interest",
    "digest_of_picture",
    "earlier_versions",
    "earlier_waiting",
    "fact_of",
    "gate",
    "heads",
    "held",
    "held_of",
    "held_of_client",
    "held_view",
    "inbox",
    "is_open_ask",
    "listening_in",
    "look_key",
    "message",
    "message_of_client",
    "message_view",
    "messages_after",
    "messages_before",
    "names_without_row",
    "opening",
    "people_of",
    "picture",
    "picture_as_evidence",
    "pictures",
    "read_up_to",
    "ready_questions",
    "said",
    "search",
    "seen_by",
    "shows_presence",
    "standing",
    "stretch",
    "talks_about",
    "told_in_conversation",
    "unread_total",
    "usually_answers",
    "waits_unread",
]
