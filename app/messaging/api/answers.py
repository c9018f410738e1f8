"""Conversations and messages as the API gives them; the words are those of the pages."""

from typing import Any, Final, Literal

from app.kernel.access import Identity
from app.messaging import queries, words
from app.messaging.api.models import (
    ConversationDetail,
    ConversationOut,
    HeldOut,
    MessageMade,
    MessageOut,
    MessagesOut,
    OtherOut,
)
from app.messaging.queries import ConversationView, HeldView, InboxLine, MessageView, OtherPerson
from app.web.api import PREFIX, Answered

_STATES: Final[dict[str, Literal["waiting", "refused"]]] = {"waiting": "waiting", "refused": "refused"}


def role_of(conversation: ConversationView, me: int) -> Literal["donor", "family"]:
    """On which side somebody stands in a conversation."""
    return "donor" if conversation.donor_id == me else "family"


def line_out(line: InboxLine, me: int) -> ConversationOut:
    """A conversation as its list shows it."""
    found = line.conversation
    return ConversationOut(
        id=found.public_id, role=role_of(found, me), other=_other(line.other), closed=found.closed,
        opened_at=found.created_at, last_seq=found.last_seq, change_no=found.change_no, unread=line.unread,
        muted=line.muted, archived=line.archived,
        last=message_out(found, line.last, me) if line.last else None,
    )  # fmt: skip


def detail_out(found: ConversationView, reader: Identity) -> ConversationDetail:
    """A conversation with what it grew out of."""
    me = reader.person_id
    other, grew = found.other_than(me), queries.opening(found)
    chosen = queries.choices(found, me)
    asking = me == found.family_id and not found.closed
    return ConversationDetail(
        id=found.public_id, role=role_of(found, me), other=_other(queries.people_of(found)[other]),
        closed=found.closed, opened_at=found.created_at, last_seq=found.last_seq, change_no=found.change_no,
        muted=chosen.muted, archived=chosen.archived,
        read_seq=queries.read_up_to(found.id, other), mine_read_seq=queries.read_up_to(found.id, me),
        offer_id=grew.offer_public_id, request_id=grew.request_public_id, interest_id=grew.interest_public_id,
        note=grew.note, note_by_me=bool(grew.note) and grew.note_by == me,
        questions=list(queries.ready_questions(found)) if asking else [],
    )  # fmt: skip


def _other(person: OtherPerson) -> OtherOut:
    return OtherOut(name=person.display_name, active=person.active)


def message_out(conversation: ConversationView, message: MessageView, me: int) -> MessageOut:
    """One message for one reader."""
    return MessageOut.model_validate(words.as_data(conversation, message, me))


def caught_up(answer: dict[str, Any]) -> MessagesOut:
    """What somebody missed, as :func:`app.messaging.catching_up.answer` gives it."""
    return MessagesOut.model_validate(answer)


def history_out(conversation: ConversationView, messages: list[MessageView], me: int) -> MessagesOut:
    """A page of history, the newest or an earlier one."""
    return MessagesOut(
        messages=[message_out(conversation, each, me) for each in messages], changes=[],
        change_no=conversation.change_no, last_seq=conversation.last_seq,
        read_seq=queries.read_up_to(conversation.id, conversation.other_than(me)),
        held=[
            HeldOut.model_validate(words.held_as_data(conversation, each))
            for each in queries.held_of(conversation.id, me)
        ],
        more=bool(messages) and messages[0].seq > 1,
    )  # fmt: skip


def made(conversation_public_id: str, stored: MessageView | HeldView) -> MessageMade:
    """What came of sending."""
    return MessageMade(
        conversation=conversation_public_id, client_id=stored.client_id, kind=stored.kind.value,
        state=_STATES[stored.state] if isinstance(stored, HeldView) else "sent",
        seq=None if isinstance(stored, HeldView) else stored.seq,
        at=stored.held_at if isinstance(stored, HeldView) else stored.sent_at,
    )  # fmt: skip


def place_of(sent: Answered) -> str:
    """The address of what was sent: a message has its own, what waits stands among those of its conversation."""
    if not isinstance(sent, MessageMade):
        return ""
    place = f"{PREFIX}/conversations/{sent.conversation}/messages"
    return place if sent.seq is None else f"{place}/{sent.seq}"
