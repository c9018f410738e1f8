"""What the templates of a conversation need."""

import uuid
from typing import Any

from flask import current_app, render_template, request, url_for

from app.infra.clock import utcnow
from app.kernel.errors import DomainError, Invalid
from app.messaging import cards, queries, rules, words
from app.messaging.forms import AddressForm, MessageForm, PictureForm
from app.messaging.queries import ConversationView, MessageView, Opening
from app.messaging.rules import LARGEST_SEQ, MAX_ADDRESS, MAX_BODY_BYTES, MAX_DESCRIPTION, Kind
from app.messaging.services import Nudge
from app.web.login import member


def is_number(raw: str) -> bool:
    """Whether ``raw`` is written as a sequence number that fits the column."""
    return raw.isascii() and raw.isdecimal() and len(raw) <= len(str(LARGEST_SEQ))


def number(name: str, default: int) -> int:
    """A number of the address, or ``default`` when it is missing or no number."""
    raw = request.args.get(name, "")
    return min(int(raw), LARGEST_SEQ) if is_number(raw) else default


def shown(conversation: ConversationView, messages: list[MessageView]) -> dict[str, Any]:
    """What the templates of a run of messages need."""
    me = member()
    views = cards.cards_of(me, messages)
    shots = queries.pictures(me, [_picture_id(message) for message in messages if message.kind is Kind.PICTURE])
    opening = queries.opening(conversation)
    asked = [message.seq for message in messages if message.kind is Kind.QUESTION]
    return {
        "conversation": conversation,
        "messages": messages,
        "me": me.person_id,
        "answers": me.person_id == conversation.donor_id and not conversation.closed,
        "answered": queries.answered(conversation.id, asked),
        "read_seq": queries.read_up_to(conversation.id, conversation.other_than(me.person_id)),
        "drawn": lambda message: cards.drawn(message, views),
        "picture_of": lambda message: shots.get(_picture_id(message)),
        "text_of": words.text_of,
        "answers_to": words.answers_to,
        "new_id": lambda: str(uuid.uuid4()),
        "may_delete": rules.may_delete,
        "of_the_site": lambda message: rules.is_of_the_site(message.kind, message.payload),
        "opening": opening,
        "report_address": address("moderation.report", target_kind="message", public_id=f"{conversation.public_id}."),
        "offer_address": address("posts.edit", public_id=opening.offer_public_id),
    }


def _picture_id(message: MessageView) -> str:
    return str((message.payload or {}).get("picture", ""))


def page(
    conversation: ConversationView,
    form: MessageForm,
    refusal: DomainError | None = None,
    *,
    told: AddressForm | None = None,
    picture: PictureForm | None = None,
) -> str:
    """
    The page of a conversation; with a refusal, what was typed stays in its form beside the reason.

    ``told`` is the form of an address when that one was refused, ``picture`` that of a picture.
    """
    me = member().person_id
    if not form.client_id.data or (isinstance(refusal, Invalid) and "client_id" in refusal.fields):
        form.client_id.data = str(uuid.uuid4())
    before = number("before_seq", 0) or None
    messages = queries.messages_before(conversation.id, before)
    frame = shown(conversation, messages)
    return render_template(
        "messaging/thread.html",
        **frame,
        form=form,
        told=told,
        shot=picture,
        **_comforts(conversation, me),
        may_picture=_may_picture(conversation, me),
        most_description=MAX_DESCRIPTION,
        refusal=refusal,
        nudged=isinstance(refusal, Nudge),
        problems=refusal.fields if isinstance(refusal, Invalid) else {},
        other=queries.people_of(conversation)[conversation.other_than(me)],
        questions=_questions(conversation, me),
        phrases=words.phrases(),
        held=queries.held_of(conversation.id, me) if before is None else [],
        most_bytes=MAX_BODY_BYTES,
        most_address=MAX_ADDRESS,
        hours=int(rules.ADDRESS_FOR.total_seconds() // 3600),
        earlier=messages[0].seq if messages and messages[0].seq > 1 else None,
        newest_page=before is None,
        links=_links(conversation, frame["opening"]),
    )


def _comforts(conversation: ConversationView, me: int) -> dict[str, Any]:
    """What the reader chose for the conversation, how soon the other usually answers, whether to remind."""
    now = utcnow()
    waits = queries.stretch(conversation, me)
    usual = queries.usually_answers(conversation.other_than(me), now=now)
    return {
        "choices": queries.choices(conversation, me),
        "usual": words.ANSWERS_WITHIN.get(usual or "", ""),
        "may_remind": not conversation.closed and not waits.reminded and rules.may_remind(waits.since, now=now),
        "reminded": waits.reminded and waits.since is not None,
    }


def _may_picture(conversation: ConversationView, me: int) -> bool:
    standing = queries.standing(conversation.id, me)
    return rules.may_send_pictures(newcomer=standing.newcomer, previous_held=standing.previous_held)


def _questions(conversation: ConversationView, me: int) -> list[tuple[str, str]]:
    """The family's ready questions: attribute and words; the donor is the one who answers."""
    if me != conversation.family_id or conversation.closed:
        return []
    return [(key, words.question(key)) for key in queries.ready_questions(conversation)]


def address(endpoint: str, **values: Any) -> str:  # noqa: ANN401 - parts of an address.
    """Where a page of a capability above stands; empty when this installation does not have it."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""


def _links(conversation: ConversationView, opening: Opening) -> dict[str, str]:
    """Where a conversation leads."""
    offer, wish = opening.offer_public_id, opening.request_public_id
    return {
        "pair": address("matching.pair", offer_public_id=offer, request_public_id=wish),
        "propose": address("handoffs.propose", public_id=conversation.public_id),
        "decided": address("moderation.my_reports"),
    }
