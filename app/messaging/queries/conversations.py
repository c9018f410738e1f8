"""Conversations, each loaded together with the check that its reader may."""

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import aliased

from app.accounts.models import Block, User
from app.infra.database import db
from app.kernel.access import Identity, authorise
from app.kernel.errors import NotFound
from app.matching.models import Interest
from app.messaging.models import Conversation
from app.messaging.permissions import READ_CONVERSATION
from app.messaging.queries.views import ConversationView, Opening, OtherPerson, conversation_view, other_person
from app.posts.models import Post


def between_blocked() -> ColumnElement[bool]:
    """A condition on :class:`Conversation`: one of its two people has blocked the other."""
    there = and_(Block.blocker_id == Conversation.donor_id, Block.blocked_id == Conversation.family_id)
    back = and_(Block.blocker_id == Conversation.family_id, Block.blocked_id == Conversation.donor_id)
    return exists().where(or_(there, back)).correlate(Conversation)


def mine(person_id: int) -> ColumnElement[bool]:
    """A condition on :class:`Conversation`: this person is one of its two."""
    return or_(Conversation.donor_id == person_id, Conversation.family_id == person_id)


def conversations() -> Select[Conversation, bool]:
    """Every conversation, with whether its two have blocked each other."""
    return select(Conversation, between_blocked())


def conversation(conversation_id: int) -> ConversationView:
    """A conversation by its id, for use-cases that checked the actor themselves; NotFound when there is none."""
    row = db.session.execute(conversations().where(Conversation.id == conversation_id)).one_or_none()
    if row is None:
        raise NotFound
    return conversation_view(row[0], blocked=row[1])


def conversation_for(actor: Identity, public_id: str) -> ConversationView:
    """The conversation at this address for one of its two people; NotFound for everybody else."""
    row = db.session.execute(conversations().where(Conversation.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound
    found = conversation_view(row[0], blocked=row[1])
    authorise(actor, READ_CONVERSATION, found)
    return found


def conversation_of_interest(interest_id: int) -> ConversationView | None:
    """The conversation an accepted interest opened, or None while there is none."""
    row = db.session.execute(conversations().where(Conversation.interest_id == interest_id)).one_or_none()
    return None if row is None else conversation_view(row[0], blocked=row[1])


def talks_about(post_id: int, author_id: int) -> list[int]:
    """The conversations, by id and in order, about this post of this author, in which the two may still write."""
    about = mine(author_id) & or_(Conversation.offer_id == post_id, Conversation.request_id == post_id)
    still = select(Conversation.id).where(about, Conversation.closed_at.is_(None), ~between_blocked())
    return list(db.session.scalars(still.order_by(Conversation.id)))


def people_of(conversation: ConversationView) -> dict[int, OtherPerson]:
    """The two people of a conversation by id."""
    rows = select(User).where(User.id.in_((conversation.donor_id, conversation.family_id)))
    return {user.id: other_person(user) for user in db.session.scalars(rows)}


def opening(conversation: ConversationView) -> Opening:
    """What the conversation grew out of."""
    offer, request = aliased(Post), aliased(Post)
    row = db.session.execute(
        select(offer.public_id, request.public_id, Interest.note, Interest.origin, Interest.public_id)
        .select_from(Interest)
        .join(offer, offer.id == Interest.offer_id)
        .join(request, request.id == Interest.request_id)
        .where(Interest.id == conversation.interest_id)
    ).one()
    wrote = conversation.family_id if row.origin == "yes" else conversation.donor_id
    return Opening(row[0], row[1], row.note, wrote, row[4])
