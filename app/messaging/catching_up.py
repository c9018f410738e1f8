"""What a phone that was away is answered, the same over the socket and over HTTP."""

from typing import Any

from app.kernel.access import Identity
from app.messaging import queries, words
from app.messaging.queries import CATCH_UP, ConversationView


def answer(
    conversation: ConversationView, reader: Identity, *, after: int, changes_after: int, limit: int = CATCH_UP
) -> dict[str, Any]:
    """
    What follows ``after``, and what changed up to there after ``changes_after``; ``more`` asks to be asked again.

    ``change_no`` is what to send as ``changes_after`` the next time.
    """
    me = reader.person_id
    messages = queries.messages_after(conversation.id, after, limit)
    changes = queries.changes_after(conversation, changes_after, up_to=after, limit=limit)
    return {
        "messages": [words.as_data(conversation, message, me) for message in messages],
        "changes": [words.as_data(conversation, message, me) for message in changes.messages],
        "change_no": changes.change_no,
        "last_seq": conversation.last_seq,
        "read_seq": queries.read_up_to(conversation.id, conversation.other_than(me)),
        "held": [words.held_as_data(conversation, held) for held in queries.held_of(conversation.id, me)],
        "more": len(messages) == limit or changes.more,
    }
