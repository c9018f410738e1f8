"""
What a message looks like to one reader: the words of a question in the reader's language, the data a phone is sent.

The people of a conversation may read in different languages, so nothing here is stored.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from babel.dates import format_date, get_timezone
from flask_babel import force_locale, get_locale, ngettext
from flask_babel import gettext as _

from app.kernel.words import N_
from app.messaging.events import Posted
from app.messaging.queries import ConversationView, HeldView, InboxLine, MessageView, OtherPerson, fact_of
from app.messaging.rules import PHRASES, Kind, in_language, is_of_the_site
from app.posts.rules import LEVELS
from app.posts.rules import attributes as catalogue
from app.web.templating import reader

SYSTEM: Final[Mapping[str, str]] = {
    "ended": N_("The conversation has ended."),
    "handoff_agreed": N_("You agreed on a handoff."),
    "handoff_thanked": N_("There are thanks for the milk, on the page of the handoff."),
    "offer_closed": N_("The offer was taken down."),
    "request_closed": N_("The request was taken down."),
}
"""What a line of the system says, by its code."""

ANSWERS_WITHIN: Final[Mapping[str, str]] = {
    "hour": N_("Usually answers within an hour."),
    "hours": N_("Usually answers within a few hours."),
    "day": N_("Usually answers within a day."),
    "days": N_("Usually answers within a few days."),
    "later": N_("Usually takes more than a few days to answer."),
}
"""How soon somebody usually answers, by the word of the rules."""

CARDS: Final[Mapping[str, str]] = {
    "handoff": N_("A handoff card"),
    "proposal": N_("A proposal"),
    "address": N_("Where to come"),
    "lot": N_("About the milk"),
    "disclosure": N_("About the milk"),
    "withdrawal": N_("A notice about milk that was given"),
}
"""What a card is called where there is room for a line only, by its kind."""

SAID: Final[Mapping[str, str]] = {
    "withdrawal": N_("Milk that was given here is withdrawn. Please do not feed it. Your notice says what to do."),
}
"""What a card of the site says where it cannot be drawn, to both alike."""


def topic(attribute: str) -> str:
    """What an attribute is called in the reader's language; a key the catalogue dropped, as plain words."""
    known = catalogue.attribute(attribute)
    return str(_(known.label)) if known else attribute.replace("_", " ")


def question(attribute: str) -> str:
    """The ready question about an attribute."""
    return str(_("Could you tell me about this: %(topic)s?", topic=topic(attribute)))


def answer(payload: Mapping[str, Any]) -> str:
    """What the donor answered, such as "Dairy: donor reports no dairy since 12 Mar 2026"."""
    fact = fact_of(payload)
    known = catalogue.attribute(fact.attribute)
    about = topic(fact.attribute)
    if known is None or fact.state == "unknown":
        return str(_("%(topic)s: the donor does not know", topic=about))
    what = _(known.none if fact.state == "avoids" else known.some)
    if fact.level in LEVELS:
        return str(
            _("%(topic)s: donor reports %(what)s: %(level)s", topic=about, what=what, level=_(LEVELS[fact.level]))
        )
    if fact.since is None:
        return str(_("%(topic)s: donor reports %(what)s", topic=about, what=what))
    day = format_date(fact.since, format="medium", locale=str(get_locale()))
    return str(_("%(topic)s: donor reports %(what)s since %(day)s", topic=about, what=what, day=day))


def answers_to(attribute: str) -> dict[str, Any]:
    """The three answers to a question as its buttons say them, and the finer ones ("" where there are none)."""
    known = catalogue.attribute(attribute)
    none, some = (_(known.none), _(known.some)) if known else (_("no"), _("yes"))
    levels = [(level, _(LEVELS[level])) for level in known.levels] if known else []
    return {"avoids": none, "uses": some, "unknown": _("I do not know"), "levels": levels}


def phrases() -> list[tuple[str, str]]:
    """Every ready sentence, as its writer reads it: key and words."""
    return [(key, in_language(key, str(get_locale()))) for key in PHRASES]


def text_of(message: MessageView | HeldView) -> str:
    """What a message says, in the reader's language; empty for a card, which shows itself."""
    if isinstance(message, MessageView) and message.deleted_at is not None:
        return str(_("This message was deleted."))
    payload = message.payload or {}
    if message.kind is Kind.QUESTION and payload:
        return question(str(payload["attribute"]))
    if message.kind is Kind.ANSWER and payload:
        return answer(payload)
    if message.kind is Kind.PHRASE:
        return in_language(str(payload.get("phrase")), str(get_locale()))
    if message.kind is Kind.PICTURE:
        return _picture(message.body)
    return _said_by_nobody(message.kind, payload) or message.body


def _said_by_nobody(kind: Kind, payload: Mapping[str, Any]) -> str:
    """What a line of the system or a card of the site says; empty for anything else."""
    if kind is Kind.SYSTEM and payload.get("system") in SYSTEM:
        return str(_(SYSTEM[str(payload["system"])]))
    return str(_(SAID[next(iter(payload))])) if is_of_the_site(kind, payload) else ""


def _picture(shows: str) -> str:
    return str(_("A picture: %(words)s", words=shows) if shows else _("A picture"))


def summary(message: MessageView, reader_id: int) -> str:
    """One line about the newest message, for the list of conversations."""
    if message.kind is Kind.SYSTEM:
        return text_of(message)
    if is_of_the_site(message.kind, message.payload):
        return card_name(message)
    said = card_name(message) if message.kind is Kind.CARD else text_of(message)
    return str(_("You: %(said)s", said=said)) if message.sender_id == reader_id else said


def card_name(message: MessageView) -> str:
    """What a card is called where there is room for a line only."""
    kind = next(iter(message.payload or {}), "")
    return str(_(CARDS.get(kind, N_("A card"))))


def families_wait(lines: Sequence[InboxLine], reader_id: int) -> str:
    """How many wait for the reader's answer, named by what they are to her; "" for none."""
    count = sum(line.waits for line in lines)
    if not count:
        return ""
    if all(line.conversation.donor_id == reader_id for line in lines if line.waits):
        return str(ngettext("%(num)s family waits for your answer.", "%(num)s families wait for your answer.", count))
    return str(ngettext("%(num)s person waits for your answer.", "%(num)s people wait for your answer.", count))


def local_day(moment: datetime) -> date:
    """The calendar day of a moment where the reader lives."""
    return moment.astimezone(get_timezone(reader().timezone)).date()


def as_data(conversation: ConversationView, message: MessageView, reader_id: int) -> dict[str, Any]:
    """:func:`data_in` of the conversation at hand."""
    return data_in(conversation.public_id, message, reader_id)


def data_in(conversation_public_id: str, message: MessageView, reader_id: int) -> dict[str, Any]:
    """
    A message as JSON for one reader, as it stands now; only the sender's own phones learn its client id.

    ``body`` is what to show, whatever the kind; a kind a phone does not know is shown by it.
    """
    mine = message.sender_id == reader_id and not is_of_the_site(message.kind, message.payload)
    data = {
        "conversation": conversation_public_id,
        "seq": message.seq,
        "kind": message.kind.value,
        "body": text_of(message),
        "payload": message.payload,
        "reply_to": message.reply_to,
        "mine": mine,
        "sent_at": message.sent_at.isoformat(),
        "edited_at": message.edited_at.isoformat() if message.edited_at else None,
        "deleted": message.deleted_at is not None,
        "change_no": message.change_no,
    }
    return {**data, "client_id": message.client_id} if mine else data


def held_as_data(conversation: ConversationView, held: HeldView) -> dict[str, Any]:
    """What was held, as JSON for its writer: it has no place yet. ``state`` is waiting, released or refused."""
    return {
        "conversation": conversation.public_id,
        "client_id": held.client_id,
        "kind": held.kind.value,
        "body": text_of(held),
        "payload": held.payload,
        "state": held.state,
        "labels": list(held.labels),
        "spans": [list(span) for span in held.spans],
        "held_at": held.held_at.isoformat(),
    }


def data_for(conversation: ConversationView, message: MessageView, person: OtherPerson) -> dict[str, Any]:
    """The same for somebody who did not ask for it: in their language, not in that of the request at hand."""
    if message.kind is Kind.TEXT and message.deleted_at is None:
        return as_data(conversation, message, person.id)  # it says the same in every language
    with force_locale(person.locale):
        return as_data(conversation, message, person.id)


def card_for(card: Posted, language: str, *, sent_at: datetime) -> dict[str, Any]:
    """A card of the site as JSON for either of the two: the same for both but for its language."""
    stored = MessageView(card.conversation_id, card.seq, 0, "", Kind.CARD, "", card.payload, sent_at)
    with force_locale(language):
        return data_in(card.conversation_public_id, stored, reader_id=-1)
