"""What messaging does when something happens: open a conversation, tell live pages."""

from collections import Counter
from typing import Any, Final

from app.accounts.events import AccountShut, PersonBlocked
from app.infra.event_bus import EventBus
from app.matching.events import InterestAccepted
from app.messaging import queries, services, words
from app.messaging.events import (
    AddressEnded,
    CardsPosted,
    ConversationRead,
    HeldRefused,
    HeldTakenBack,
    MessageChanged,
    MessageHeld,
    MessageSent,
    PresenceHidden,
)
from app.messaging.queries import ConversationView, OtherPerson, Said
from app.posts.events import PostClosed
from app.posts.rules import PostState
from app.web.realtime import push

TAKEN_DOWN: Final = frozenset({PostState.WITHDRAWN, PostState.DECLINED})
"""States of a post that those who talk about it hear of; that it came to its end in peace says itself."""


MOST_AT_ONCE: Final = 8
"""Cards of one moment that somebody's open pages are told of one by one; of more they are asked to catch up."""


def _open(happened: InterestAccepted) -> None:
    services.open_conversation(happened, now=happened.at)


def _parted(happened: PersonBlocked) -> None:
    services.settle_between(happened.person_id, happened.other_id, now=happened.at)


def _left(happened: AccountShut) -> None:
    services.settle_with(happened.person_id, now=happened.at)


def _taken_down(happened: PostClosed) -> None:
    if happened.state in TAKEN_DOWN:
        services.say_taken_down(happened.post_id, happened.author_id, happened.kind, now=happened.at)


def _look_again(happened: MessageSent) -> None:
    if not happened.looked_after:
        services.remind_later(happened.conversation_id, happened.recipient_id, now=happened.at)


def _listeners(conversation: ConversationView) -> list[OtherPerson]:
    """
    The two people whose open pages may hear of a conversation now.

    Who may is asked again at every push: an account that was closed since, or a block, ends it here.
    """
    if conversation.blocked:
        return []
    return [person for person in queries.people_of(conversation).values() if person.active]


def _tell_message(happened: MessageSent) -> None:
    """
    Show a stored message on the open pages of its two people, to each in their own words.

    Whom it may be told to was read in the transaction that stored it, and what stored it has asked again whether one
    has blocked the other. Where that had to wait for others it is asked anew.
    """
    _push_message("message.new", happened.said or queries.said(happened.conversation_id, happened.seq))


def _tell_changed(happened: MessageChanged) -> None:
    """Show an edit or a deletion in the place of what stood there."""
    _push_message("message.changed", queries.said(happened.conversation_id, happened.seq))


def _push_message(event: str, said: Said) -> None:
    for person in said.listeners:
        push(person.id, event, words.data_for(said.conversation, said.message, person))


def _tell_cards(happened: CardsPosted) -> None:
    """Show cards of the site; whoever has many of them in one moment is told once, and the page asks for them."""
    share = Counter(person for card in happened.cards for person in (card.donor_id, card.family_id))
    languages = queries.listening_in(share)
    for card in happened.cards:
        for person_id in (card.donor_id, card.family_id):
            if person_id in languages and share[person_id] <= MOST_AT_ONCE:
                push(person_id, "message.new", words.card_for(card, languages[person_id], sent_at=happened.at))
    for person_id, cards in share.items():
        if person_id in languages and cards > MOST_AT_ONCE:
            push(person_id, "resync", {})


def _tell_read(happened: ConversationRead) -> None:
    """Show both how far the conversation was read: the writer, and the reader's other pages."""
    conversation = queries.conversation(happened.conversation_id)
    for person in _listeners(conversation):
        mine = person.id == happened.reader_id
        told = {"conversation": conversation.public_id, "seq": happened.seq, "mine": mine}
        push(person.id, "message.read", told)


def _tell_held(happened: MessageHeld | HeldRefused) -> None:
    """Show the writer's other pages what became of something held; the other one hears nothing of it."""
    conversation = queries.conversation(happened.conversation_id)
    held = queries.held(happened.held_id)
    told: dict[str, Any] = {"conversation": conversation.public_id, "client_id": held.client_id, "state": held.state}
    for person in _listeners(conversation):
        if person.id == happened.writer_id:
            push(person.id, "message.held", told)


def _tell_taken_back(happened: HeldTakenBack) -> None:
    """Have the writer's other pages ask again what waits."""
    conversation = queries.conversation(happened.conversation_id)
    told = {"conversation": conversation.public_id, "client_id": happened.client_id, "state": "taken_back"}
    if happened.writer_id in {person.id for person in _listeners(conversation)}:
        push(happened.writer_id, "message.held", told)


def _tell_address(happened: AddressEnded) -> None:
    """Have both pages draw their cards again: the address is shown no longer."""
    conversation = queries.conversation(happened.conversation_id)
    for person in _listeners(conversation):
        push(person.id, "card.changed", {"kind": "address", "conversation": conversation.public_id})


def _tell_hidden(happened: PresenceHidden | AccountShut) -> None:
    """Take somebody's sign from the pages of those who may have seen it, and theirs from this person's own pages."""
    if isinstance(happened, PresenceHidden) or queries.shows_presence(happened.person_id):
        _hide(happened.person_id, queries.seen_by(happened.person_id))


def _tell_parted(happened: PersonBlocked) -> None:
    """Take both signs away at once; it looks like leaving, and says nothing to two who never saw one."""
    if queries.shows_presence(happened.person_id):
        _hide(happened.person_id, queries.seen_by(happened.person_id, other_id=happened.other_id, parted=True))


def _hide(person_id: int, seen: list[tuple[str, int]]) -> None:
    for conversation, other_id in seen:
        for reader_id in (person_id, other_id):
            push(reader_id, "presence", {"conversation": conversation, "here": False})


def subscribe(bus: EventBus) -> None:
    """Listen to accepted interests, to what parts two people or ends a post, and to what happens in conversations."""
    bus.within(InterestAccepted, _open)
    bus.within(PersonBlocked, _parted)
    bus.within(AccountShut, _left)
    bus.within(PostClosed, _taken_down)
    bus.within(MessageSent, _look_again)
    bus.after(MessageSent, _tell_message)
    bus.after(CardsPosted, _tell_cards)
    bus.after(MessageChanged, _tell_changed)
    bus.after(ConversationRead, _tell_read)
    bus.after(MessageHeld, _tell_held)
    bus.after(HeldRefused, _tell_held)
    bus.after(HeldTakenBack, _tell_taken_back)
    bus.after(AddressEnded, _tell_address)
    bus.after(PresenceHidden, _tell_hidden)
    bus.after(AccountShut, _tell_hidden)
    bus.after(PersonBlocked, _tell_parted)
