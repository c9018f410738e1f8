"""Pages of conversations: translate to and from a use-case, nothing else."""

import uuid
from typing import Any

from flask import Blueprint, Response, current_app, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.infra.clock import utcnow
from app.kernel.errors import DomainError, Invalid, NotFound
from app.matching.queries import interest_by_public_id
from app.messaging import cards, queries, services, words
from app.messaging.forms import MessageForm
from app.messaging.permissions import READ_CONVERSATION, SEE_CONVERSATIONS, WRITE_CONVERSATION
from app.messaging.queries import CATCH_UP, ConversationView, MessageView, Opening
from app.messaging.rules import LARGEST_SEQ, MAX_BODY_BYTES
from app.web.access import requires
from app.web.errors import wants_json
from app.web.limits import limited
from app.web.login import member, visitor

blueprint = Blueprint("messaging", __name__)
blueprint.add_app_template_filter(words.local_day, "local_day")


@blueprint.app_template_global("unread_messages")
def unread_messages() -> int:
    """How many messages wait for the visitor; 0 for somebody who is not signed in. Counted once per page."""
    person = visitor()
    if person is None:
        return 0
    if "unread_messages" not in g:
        g.unread_messages = queries.unread_total(person.person_id)
    return int(g.unread_messages)


@blueprint.after_app_request
def forget_device(answer: Response) -> Response:
    """Have the browser drop unsent messages and drafts when its person signs out."""
    if request.endpoint == "security.logout":
        answer.headers["Clear-Site-Data"] = '"storage"'
    return answer


@blueprint.get("/messages")
@requires(SEE_CONVERSATIONS)
def inbox() -> ResponseReturnValue:
    """List the visitor's conversations, the newest first."""
    me = member()
    lines = queries.inbox(me)
    return render_template("messaging/inbox.html", lines=lines, me=me.person_id, summary=words.summary)


@blueprint.get("/messages/<public_id>")
@requires(READ_CONVERSATION)
def thread(public_id: str) -> ResponseReturnValue:
    """Show a conversation; with ``after_seq`` only what follows, for pages that catch up."""
    conversation = queries.conversation_for(member(), public_id)
    if "after_seq" in request.args:
        return _what_follows(conversation, _number("after_seq", 0), min(_number("limit", CATCH_UP), CATCH_UP))
    return _page(conversation, MessageForm(formdata=None))


@blueprint.post("/messages/<public_id>")
@requires(WRITE_CONVERSATION)
@limited("120/minute")
def write(public_id: str) -> ResponseReturnValue:
    """Send what was typed, or show it again with the reason why not."""
    me, form = member(), MessageForm()
    conversation = queries.conversation_for(me, public_id)
    try:
        stored = services.send(
            me, public_id, client_id=form.client_id.data, kind=form.kind.data, body=form.body.data, now=utcnow()
        )
    except DomainError as refusal:
        if wants_json():
            raise
        return _page(conversation, form, refusal), refusal.status
    if wants_json():
        return jsonify(ok=True, seq=stored.seq, message=words.as_data(conversation, stored, me.person_id))
    return redirect(url_for("messaging.thread", public_id=public_id, _anchor=f"m{stored.seq}"), 303)


@blueprint.post("/messages/<public_id>/read")
@requires(READ_CONVERSATION)
def mark_read(public_id: str) -> ResponseReturnValue:
    """Mark a conversation as read up to the number the page showed."""
    seq = request.form.get("seq", "", str)
    marked = services.mark_read(member(), public_id, int(seq) if _is_number(seq) else None, now=utcnow())
    if wants_json():
        return jsonify(ok=True, seq=marked)
    return redirect(url_for("messaging.thread", public_id=public_id), 303)


def _is_number(raw: str) -> bool:
    return raw.isascii() and raw.isdecimal() and len(raw) <= len(str(LARGEST_SEQ))


@blueprint.get("/messages/of/<interest_public_id>")
@requires(READ_CONVERSATION)
def of_interest(interest_public_id: str) -> ResponseReturnValue:
    """Lead one of two people who both said yes to their conversation; pages below know only the yes."""
    interest = interest_by_public_id(member(), interest_public_id)
    conversation = queries.conversation_of_interest(interest.id)
    if conversation is None:
        raise NotFound
    return redirect(url_for("messaging.thread", public_id=conversation.public_id))


def _number(name: str, default: int) -> int:
    raw = request.args.get(name, "")
    return min(int(raw), LARGEST_SEQ) if _is_number(raw) else default


def _what_follows(conversation: ConversationView, after: int, limit: int) -> ResponseReturnValue:
    me = member()
    messages = queries.messages_after(conversation.id, after, limit)
    if not wants_json():
        return render_template("messaging/_messages.html", **_shown(conversation, messages))
    return jsonify(
        messages=[words.as_data(conversation, message, me.person_id) for message in messages],
        last_seq=conversation.last_seq,
        read_seq=queries.read_up_to(conversation.id, conversation.other_than(me.person_id)),
        more=len(messages) == limit,
    )


def _shown(conversation: ConversationView, messages: list[MessageView]) -> dict[str, Any]:
    """What the templates of a run of messages need."""
    me = member()
    return {
        "conversation": conversation,
        "messages": messages,
        "me": me.person_id,
        "read_seq": queries.read_up_to(conversation.id, conversation.other_than(me.person_id)),
        "cards": cards.cards_of(me, messages),
        "text_of": words.text_of,
        "report_address": _address("moderation.report", target_kind="message", public_id=f"{conversation.public_id}."),
    }


def _page(conversation: ConversationView, form: MessageForm, refusal: DomainError | None = None) -> str:
    me = member().person_id
    if not form.client_id.data or (isinstance(refusal, Invalid) and "client_id" in refusal.fields):
        form.client_id.data = str(uuid.uuid4())
    before = _number("before_seq", 0) or None
    messages = queries.messages_before(conversation.id, before)
    other = queries.people_of(conversation)[conversation.other_than(me)]
    opening = queries.opening(conversation)
    return render_template(
        "messaging/thread.html",
        **_shown(conversation, messages),
        form=form,
        refusal=refusal,
        problems=refusal.fields if isinstance(refusal, Invalid) else {},
        other=other,
        opening=opening,
        questions=_questions(conversation, me),
        new_id=lambda: str(uuid.uuid4()),
        most_bytes=MAX_BODY_BYTES,
        earlier=messages[0].seq if messages and messages[0].seq > 1 else None,
        newest_page=before is None,
        links=_links(conversation, opening),
    )


def _questions(conversation: ConversationView, me: int) -> list[tuple[str, str]]:
    """The family's ready questions: attribute and words; the donor is the one who answers."""
    if me != conversation.family_id or conversation.closed:
        return []
    return [(key, words.question(key)) for key in queries.ready_questions(conversation)]


def _address(endpoint: str, **values: Any) -> str:  # noqa: ANN401 - parts of an address.
    """Where a page of a capability above stands; empty when this installation does not have it."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""


def _links(conversation: ConversationView, opening: Opening) -> dict[str, str]:
    """Where a conversation leads."""
    offer, wish = opening.offer_public_id, opening.request_public_id
    return {
        "pair": _address("matching.pair", offer_public_id=offer, request_public_id=wish),
        "propose": _address("handoffs.propose", public_id=conversation.public_id),
    }
