"""Muting a conversation and putting it away, each for oneself alone."""

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from app.infra.transaction import transaction
from app.kernel.access import Identity
from app.messaging import queries
from app.messaging.models import ConversationChoice


def choose(
    actor: Identity, conversation_public_id: str, *, muted: bool | None = None, archived: bool | None = None
) -> None:
    """
    Choose how one wants a conversation treated; what is None stays.

    ``muted`` stops mail and push about its messages, on the site everything stays as it was. ``archived`` takes it out
    of one's list until its next message. Raises NotFound for anybody but the two people.
    """
    with transaction() as session:
        conversation = queries.conversation_for(actor, conversation_public_id)
        chosen: dict[str, object] = {} if muted is None else {"muted": muted}
        if archived is not None:
            chosen["archived_seq"] = conversation.last_seq if archived else None
        if chosen:
            _choose(session, conversation.id, actor.person_id, **chosen)


def mute(actor: Identity, conversation_public_id: str, *, on: bool) -> None:
    """Stop (or allow again) mail and push about a conversation's messages."""
    choose(actor, conversation_public_id, muted=on)


def archive(actor: Identity, conversation_public_id: str, *, on: bool) -> None:
    """Take a conversation out of one's list until its next message, or put it back."""
    choose(actor, conversation_public_id, archived=on)


def _choose(session: Session, conversation_id: int, person_id: int, **chosen: object) -> None:
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    first = {"conversation_id": conversation_id, "user_id": person_id, "muted": False, "archived_seq": None}
    row = insert(ConversationChoice).values({**first, **chosen})
    session.execute(row.on_conflict_do_update(index_elements=["conversation_id", "user_id"], set_=chosen))
