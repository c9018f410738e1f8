"""What was put into many conversations at once, with who may hear of it."""

from collections.abc import Iterable

from sqlalchemy import or_, select

from app.accounts.models import User
from app.infra.database import db
from app.messaging.models import Conversation, Message
from app.messaging.queries.conversations import between_blocked
from app.messaging.queries.sending import Said
from app.messaging.queries.views import conversation_view, message_view, other_person


def said_many(places: Iterable[tuple[int, int]]) -> list[Said]:
    """
    The messages at these places (conversation, number), each with who may hear of it as the database has them now.

    A closed account hears nothing, and neither of the two when one has blocked the other.
    """
    numbers = dict(places)
    rows = db.session.execute(
        select(Message, Conversation, between_blocked())
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(or_(*((Message.conversation_id == talk) & (Message.seq == seq) for talk, seq in numbers.items())))
        .order_by(Message.id)
    ).all()
    ids = {person for _message, talk, _blocked in rows for person in (talk.donor_id, talk.family_id)}
    people = {user.id: other_person(user) for user in db.session.scalars(select(User).where(User.id.in_(ids)))}
    found = []
    for stored, talk, blocked in rows:
        both = () if blocked else (people[talk.donor_id], people[talk.family_id])
        listeners = tuple(person for person in both if person.active)
        found.append(Said(conversation_view(talk, blocked=blocked), message_view(stored), listeners))
    return found
