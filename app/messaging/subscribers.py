"""What messaging does when something happens: open a conversation, tell live pages."""

from app.infra.event_bus import EventBus
from app.matching.events import InterestAccepted
from app.messaging import queries, services, words
from app.messaging.events import ConversationRead, MessageSent
from app.web.realtime import push


def _open(happened: InterestAccepted) -> None:
    services.open_conversation(happened, now=happened.at)


def _look_again(happened: MessageSent) -> None:
    services.remind_later(happened.conversation_id, happened.recipient_id, now=happened.at)


def _tell_message(happened: MessageSent) -> None:
    """
    Show a stored message on the open pages of its two people, to each in their own words.

    Who may hear it is asked again now: an account that was closed since, or a block, ends it here.
    """
    conversation = queries.conversation(happened.conversation_id)
    if conversation.blocked:
        return
    message = queries.message(happened.conversation_id, happened.seq)
    for person in queries.people_of(conversation).values():
        if person.active:
            push(person.id, "message.new", words.data_for(conversation, message, person))


def _tell_read(happened: ConversationRead) -> None:
    """Show both how far the conversation was read: the writer, and the reader's other pages."""
    conversation = queries.conversation(happened.conversation_id)
    if conversation.blocked:
        return
    for person in queries.people_of(conversation).values():
        if person.active:
            mine = person.id == happened.reader_id
            told = {"conversation": conversation.public_id, "seq": happened.seq, "mine": mine}
            push(person.id, "message.read", told)


def subscribe(bus: EventBus) -> None:
    """Listen to accepted interests and to what happens in conversations."""
    bus.within(InterestAccepted, _open)
    bus.within(MessageSent, _look_again)
    bus.after(MessageSent, _tell_message)
    bus.after(ConversationRead, _tell_read)
