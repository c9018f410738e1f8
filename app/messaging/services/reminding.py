"""A notice to somebody who was not there when a message came."""

from datetime import datetime, timedelta
from typing import Final

from app.infra import jobs
from app.infra.transaction import transaction
from app.messaging import queries
from app.notifications.services import notify

REMIND: Final = queries.REMIND

REMIND_AFTER: Final = timedelta(minutes=10)
"""How long a message may wait unread before its reader gets a notice and a mail."""


def remind_later(conversation_id: int, person_id: int, *, now: datetime) -> None:
    """
    Look again :data:`REMIND_AFTER` the first words that wait for somebody, in the transaction of a message.

    Further messages ask for no further look while those wait. A card asks for none: it brings a notice of its own.

    A sender who saw that such a look is due a minute later or more needs not come here (``MessageSent.looked_after``).
    The other one may read those words before the message is stored, at the same moment and unseen by it, but the look
    comes after all of that: it finds the message, and asks for a look of its own for it.
    """
    waiting = queries.waits_unread(conversation_id, person_id)
    if waiting is None:
        return
    jobs.enqueue(
        REMIND,
        {"conversation": conversation_id, "person": person_id},
        now=now,
        unique_key=queries.look_key(conversation_id, person_id, waiting.seq),
        delay=max(waiting.sent_at + REMIND_AFTER - now, timedelta()),
    )


def remind(conversation_id: int, person_id: int, *, now: datetime) -> None:
    """
    Leave a notice, with a mail that quotes nothing, when words of the other still wait unread; once until she reads.

    What came after she read the words this look was for gets a look of its own.
    """
    with transaction():
        conversation = queries.conversation(conversation_id)
        people = queries.people_of(conversation)
        waiting = queries.waits_unread(conversation_id, person_id)
        shut = conversation.blocked or not all(person.active for person in people.values())
        if shut or waiting is None:
            return
        if waiting.sent_at + REMIND_AFTER > now:
            remind_later(conversation_id, person_id, now=now)
            return
        notify(
            person_id,
            "message_waiting",
            item=f"conversation:{conversation_id}:{queries.read_up_to(conversation_id, person_id)}",
            path=f"/messages/{conversation.public_id}",
            params={"name": people[conversation.other_than(person_id)].display_name},
            mail=True,
            inbox_only=queries.choices(conversation, person_id).muted,
            now=now,
        )
