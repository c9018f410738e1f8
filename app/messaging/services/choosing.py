"""Muting a conversation and putting it away, each for oneself alone."""

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from app.infra.transaction import transaction
from app.kernel.access import Identity
from app.messaging import queries
from app.messaging.models import ConversationChoice


def mute(actor: Identity, conversation_public_id: str, *, on: bool) -> None:
    """Stop (or allow again) mail and push about a conversation's messages; on the site everything stays as it was."""
    with transaction() as session:
        conversation = queries.conversation_for(actor, conversation_public_id)
        _choose(session, conversation.id, actor.person_id, muted=on)


def archive(actor: Identity, conversation_public_id: str, *, on: bool) -> None:
    """Take a conversation out of one's list until its next message, or put it back."""
    with transaction() as session:
        conversation = queries.conversation_for(actor, conversation_public_id)
        _choose(session, conversation.id, actor.person_id, archived_seq=conversation.last_seq if on else None)


def _choose(session: Session, conversation_id: int, person_id: int, **chosen: object) -> None:
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    first = {"conversation_id": conversation_id, "user_id": person_id, "muted": False, "archived_seq": None}
    row = insert(ConversationChoice).values({**first, **chosen})
    session.execute(row.on_conflict_do_update(index_elements=["conversation_id", "user_id"], set_=chosen))
