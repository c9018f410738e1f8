"""How far each of somebody's conversations has come: what a phone compares with what it holds."""

from dataclasses import dataclass

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import aliased

from app.infra.database import db
from app.kernel.access import Identity
from app.messaging.models import Conversation, ReadMark
from app.messaging.queries.conversations import between_blocked, mine
from app.messaging.queries.reading import unread_by


@dataclass(frozen=True, slots=True)
class Head:
    """
    The newest of one conversation: its last message and change, how far the other and oneself have read, and how many
    of the other's messages are ``unread``.

    ``conversation`` is its public id.
    """

    conversation: str
    last_seq: int
    change_no: int
    read_seq: int
    mine_read_seq: int
    unread: int


def heads(actor: Identity) -> list[Head]:
    """The heads of the conversations ``actor`` can open live, the newest message first; blocked ones are left out."""
    me = actor.person_id
    other_id = case((Conversation.donor_id == me, Conversation.family_id), else_=Conversation.donor_id)
    theirs, own = aliased(ReadMark), aliased(ReadMark)
    rows = (
        select(
            Conversation.public_id,
            Conversation.last_seq,
            Conversation.change_no,
            func.coalesce(theirs.seq, 0),
            func.coalesce(own.seq, 0),
            unread_by(me),
        )
        .outerjoin(theirs, and_(theirs.conversation_id == Conversation.id, theirs.user_id == other_id))
        .outerjoin(own, and_(own.conversation_id == Conversation.id, own.user_id == me))
        .where(mine(me), ~between_blocked())
        .order_by(func.coalesce(Conversation.last_message_at, Conversation.created_at).desc(), Conversation.id.desc())
    )
    return [Head(*row) for row in db.session.execute(rows)]
