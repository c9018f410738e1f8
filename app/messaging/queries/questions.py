"""What the match leaves unknown, as questions."""

from collections.abc import Sequence

from sqlalchemy import select

from app.infra.database import db
from app.matching import queries as matching
from app.messaging.models import Message
from app.messaging.queries.views import ConversationView
from app.messaging.rules import Kind


def asks_of(interest_id: int) -> tuple[str, ...]:
    """The attributes the donor has not spoken of though the family asks for them, in the match's order."""
    return matching.interest(interest_id).asks


def ready_questions(conversation: ConversationView) -> tuple[str, ...]:
    """The attributes still worth asking: unknown in the match, and not yet asked here."""
    asked = select(Message.payload).where(
        Message.conversation_id == conversation.id,
        Message.kind == Kind.QUESTION.value,
        Message.deleted_at.is_(None),
    )
    done = {payload["attribute"] for payload in db.session.scalars(asked) if payload}
    return tuple(key for key in asks_of(conversation.interest_id) if key not in done)


def answered(conversation_id: int, seqs: Sequence[int]) -> frozenset[int]:
    """Those among the questions at ``seqs`` that have an answer which was not taken back."""
    if not seqs:
        return frozenset()
    answers = select(Message.reply_to).where(
        Message.conversation_id == conversation_id,
        Message.kind == Kind.ANSWER.value,
        Message.deleted_at.is_(None),
        Message.reply_to.in_(seqs),
    )
    return frozenset(seq for seq in db.session.scalars(answers) if seq is not None)


def is_open_ask(interest_id: int, attribute: str) -> bool:
    """Whether the match leaves ``attribute`` unknown, so that it may be asked."""
    return attribute in asks_of(interest_id)
