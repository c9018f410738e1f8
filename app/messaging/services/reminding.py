"""A notice to somebody who was not there when a message came."""

from datetime import datetime, timedelta
from typing import Final

from app.infra import jobs
from app.infra.transaction import transaction
from app.messaging import queries
from app.notifications.services import notify

REMIND: Final = "messaging.remind"


REMIND_AFTER: Final = timedelta(minutes=10)
"""How long a message may wait unread before its reader gets a notice and a mail."""


def remind_later(conversation_id: int, person_id: int, *, now: datetime) -> None:
    """
    Look again after :data:`REMIND_AFTER` whether somebody has read what waits for her, in the transaction of a message.

    Until she reads, further messages ask for no further look.
    """
    read = queries.read_up_to(conversation_id, person_id)
    jobs.enqueue(
        REMIND,
        {"conversation": conversation_id, "person": person_id, "read": read},
        now=now,
        unique_key=f"{REMIND}:{conversation_id}:{person_id}:{read}",
        delay=REMIND_AFTER,
    )


def remind(conversation_id: int, person_id: int, read: int, *, now: datetime) -> None:
    """
    Leave a notice, with a mail that quotes nothing, when words of the other still wait unread; once for each ``read``.

    A card brings a notice of its own and is not counted.
    """
    with transaction():
        conversation = queries.conversation(conversation_id)
        people = queries.people_of(conversation)
        shut = conversation.blocked or not all(person.active for person in people.values())
        if shut or not queries.waits_unread(conversation_id, person_id):
            return
        notify(
            person_id,
            "message_waiting",
            item=f"conversation:{conversation_id}:{read}",
            path=f"/messages/{conversation.public_id}",
            params={"name": people[conversation.other_than(person_id)].display_name},
            mail=True,
            now=now,
        )
