"""One kind reminder for each stretch without an answer (the notice about unread messages is services/reminding.py)."""

from datetime import datetime

from sqlalchemy import select

from app.infra.transaction import transaction
from app.kernel.access import Identity
from app.kernel.errors import Conflict
from app.kernel.words import N_
from app.messaging import queries, rules
from app.messaging.models import Conversation, KindReminder
from app.messaging.services.refusals import closed
from app.messaging.services.storing import may_write
from app.notifications.services import notify


def remind_kindly(actor: Identity, conversation_public_id: str, *, now: datetime) -> None:
    """
    Tell the other one once that an answer is waited for; pressed twice, it is told once.

    Raises NotFound for anybody but the two people, Conflict where nobody can write (``conversation_closed``) and while
    nothing has waited long enough (``too_early``).
    """
    with transaction() as session:
        conversation = queries.conversation_for(actor, conversation_public_id)
        mine = select(Conversation.id).where(may_write(conversation.id, actor.person_id))
        if session.scalar(mine.with_for_update(of=Conversation)) is None:
            raise closed()
        waits = queries.stretch(conversation, actor.person_id)
        if waits.reminded:
            return
        if not rules.may_remind(waits.since, now=now):
            raise Conflict(N_("Please give it two days. You can remind once after that."), code="too_early")
        session.add(
            KindReminder(
                conversation_id=conversation.id,
                waiting_id=actor.person_id,
                answered_seq=waits.answered_seq,
                reminded_at=now,
            )
        )
        other = conversation.other_than(actor.person_id)
        notify(
            other,
            "answer_waited_for",
            item=f"conversation:{conversation.id}:waits:{waits.answered_seq}",
            path=f"/messages/{conversation.public_id}",
            params={"name": queries.people_of(conversation)[actor.person_id].display_name},
            mail=True,
            inbox_only=queries.choices(conversation, other).muted,
            now=now,
        )
