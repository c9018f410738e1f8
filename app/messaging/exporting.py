"""
A conversation as one of its two may take it along: what both said, as they said it, and nothing else.

Addresses are not in it: they were told for a while. Of what waits for a moderator only the writer's own is.
"""

from datetime import datetime
from typing import Any

from app.kernel.access import Identity
from app.messaging import queries, words
from app.messaging.queries import CATCH_UP, ConversationView, MessageView
from app.messaging.rules import Kind, is_of_the_site


def copy_of(conversation: ConversationView, reader: Identity, *, now: datetime) -> dict[str, Any]:
    """The whole conversation for ``reader``, who was let in before; moments in UTC, words in the reader's language."""
    people = queries.people_of(conversation)
    opening = queries.opening(conversation)
    names = {person.id: person.display_name for person in people.values()}
    held = queries.held_of(conversation.id, reader.person_id)
    return {
        "conversation": conversation.public_id,
        "copied_at": now.isoformat(),
        "opened_at": conversation.created_at.isoformat(),
        "donor": names[conversation.donor_id],
        "family": names[conversation.family_id],
        "note": {"from": names[opening.note_by], "text": opening.note} if opening.note else None,
        "messages": [_line(message, names) for message in _all(conversation)],
        "not_sent": [
            {"text": words.text_of(line), "written_at": line.held_at.isoformat(), "state": line.state} for line in held
        ],
    }


def _all(conversation: ConversationView) -> list[MessageView]:
    found: list[MessageView] = []
    while more := queries.messages_after(conversation.id, found[-1].seq if found else 0, CATCH_UP):
        found += more
    return found


def _line(message: MessageView, names: dict[int, str]) -> dict[str, Any]:
    of_the_site = message.kind is Kind.SYSTEM or is_of_the_site(message.kind, message.payload)
    said = words.text_of(message) or (words.card_name(message) if message.kind is Kind.CARD else "")
    return {
        "number": message.seq,
        "from": None if of_the_site else names[message.sender_id],
        "sent_at": message.sent_at.isoformat(),
        "edited_at": message.edited_at.isoformat() if message.edited_at else None,
        "deleted": message.deleted_at is not None,
        "kind": message.kind.value,
        "text": said,
        "answers": message.reply_to,
    }
