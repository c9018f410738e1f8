"""Cards that stand for something of another capability, and lines of the system."""

import uuid
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from app.infra.transaction import transaction
from app.kernel.errors import Conflict
from app.messaging import queries
from app.messaging.queries import MessageView
from app.messaging.rules import Draft, Kind
from app.messaging.services.storing import append


def post_card(conversation_id: int, sender_id: int, payload: Mapping[str, Any], *, now: datetime) -> MessageView:
    """
    Put a card into a conversation on behalf of one of its two people, for a capability above this one.

    ``payload`` holds ids only, such as ``{"handoff": public_id}``. Raises Conflict when the conversation has ended.
    """
    return _post(conversation_id, sender_id, Kind.CARD, payload, now=now)


def post_system(conversation_id: int, actor_id: int, code: str, *, now: datetime) -> MessageView:
    """
    Put a line of the system into a conversation: what one of its two people did elsewhere.

    ``code`` is one of ``words.SYSTEM``; an unknown one is shown as nothing in particular. Raises as :func:`post_card`.
    """
    return _post(conversation_id, actor_id, Kind.SYSTEM, {"system": code}, now=now)


def say_taken_down(post_id: int, author_id: int, kind: str, *, now: datetime) -> None:
    """
    Tell everybody who still talks about a post that it was taken down: a line of the system in each conversation.

    ``kind`` is what the post was, "offer" or "request". Two of whom one has blocked the other hear nothing.
    """
    for conversation_id in queries.talks_about(post_id, author_id):
        # One that ended or was blocked this very moment does not keep anybody from taking a post down.
        with suppress(Conflict):
            post_system(conversation_id, author_id, f"{kind}_closed", now=now)


def _post(
    conversation_id: int, sender_id: int, kind: Kind, payload: Mapping[str, Any], *, now: datetime
) -> MessageView:
    with transaction() as session:
        conversation = queries.conversation(conversation_id)
        draft = Draft(str(uuid.uuid4()), kind, "", dict(payload))
        return append(session, conversation, sender_id, draft, now=now)
