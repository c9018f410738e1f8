"""
What a message looks like to one reader: the words of a question in the reader's language, the data a phone is sent.

The people of a conversation may read in different languages, so nothing here is stored.
"""

from datetime import date, datetime
from typing import Any

from babel.dates import get_timezone
from flask_babel import force_locale
from flask_babel import gettext as _

from app.messaging.queries import ConversationView, MessageView, OtherPerson
from app.messaging.rules import Kind
from app.posts.rules import attributes as catalogue
from app.web.templating import reader


def topic(attribute: str) -> str:
    """What an attribute is called in the reader's language; a key the catalogue dropped, as plain words."""
    known = catalogue.attribute(attribute)
    return str(_(known.label)) if known else attribute.replace("_", " ")


def question(attribute: str) -> str:
    """The ready question about an attribute."""
    return str(_("Could you tell me about this: %(topic)s?", topic=topic(attribute)))


def text_of(message: MessageView) -> str:
    """What a message says, in the reader's language; empty for a card, which shows itself."""
    if message.kind is Kind.QUESTION and message.payload:
        return question(str(message.payload["attribute"]))
    return message.body


def summary(message: MessageView, reader_id: int) -> str:
    """One line about the newest message, for the list of conversations."""
    said = str(_("A handoff card")) if message.kind is Kind.CARD else text_of(message)
    return str(_("You: %(said)s", said=said)) if message.sender_id == reader_id else said


def local_day(moment: datetime) -> date:
    """The calendar day of a moment where the reader lives."""
    return moment.astimezone(get_timezone(reader().timezone)).date()


def as_data(conversation: ConversationView, message: MessageView, reader_id: int) -> dict[str, Any]:
    """A message as JSON for one reader; only the sender's own phones learn its client id."""
    mine = message.sender_id == reader_id
    data = {
        "conversation": conversation.public_id,
        "seq": message.seq,
        "kind": message.kind.value,
        "body": text_of(message),
        "payload": message.payload,
        "mine": mine,
        "sent_at": message.sent_at.isoformat(),
    }
    return {**data, "client_id": message.client_id} if mine else data


def data_for(conversation: ConversationView, message: MessageView, person: OtherPerson) -> dict[str, Any]:
    """The same for somebody who did not ask for it: in their language, not in that of the request at hand."""
    with force_locale(person.locale):
        return as_data(conversation, message, person.id)
