"""Sending what somebody wrote."""

from datetime import datetime

from app.infra.transaction import transaction
from app.kernel.access import Identity
from app.kernel.errors import Invalid
from app.kernel.words import N_
from app.messaging import queries, rules
from app.messaging.queries import ConversationView, MessageView
from app.messaging.rules import Draft, Kind
from app.messaging.services.storing import append, same


def send(
    actor: Identity,
    conversation_public_id: str,
    *,
    client_id: object,
    kind: object,
    body: object,
    payload: object = None,
    now: datetime,
) -> MessageView:
    """
    Store a text or a question of ``actor`` and return it with its place in the conversation.

    Sent again under the same ``client_id``, the first one is returned and nothing is stored; with another content it
    is :class:`Invalid`. Raises NotFound for anybody but the two people, Conflict when the conversation has ended.
    """
    draft = rules.draft(client_id, kind, body, payload)
    with transaction() as session:
        conversation = queries.conversation_for(actor, conversation_public_id)
        earlier = queries.message_of_client(actor.person_id, draft.client_id)
        if earlier is not None:
            return same(earlier, conversation, draft)
        if draft.kind is Kind.QUESTION:
            _require_ask(conversation, draft)
        return append(session, conversation, actor.person_id, draft, now=now)


def _require_ask(conversation: ConversationView, draft: Draft) -> None:
    key = "" if draft.payload is None else str(draft.payload["attribute"])
    if not queries.is_open_ask(conversation.interest_id, key):
        raise Invalid({"body": [N_("That is not an open question of this match.")]})
