"""The list of conversations, one conversation, and what follows a message."""

from dataclasses import asdict

from flask import jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.kernel.errors import Invalid, NotFound
from app.matching.queries import interest_by_public_id
from app.messaging import catching_up, queries, rules, words
from app.messaging.forms import MessageForm
from app.messaging.permissions import READ_CONVERSATION, SEE_CONVERSATIONS
from app.messaging.queries import CATCH_UP, ConversationView
from app.messaging.routes.blueprint import blueprint
from app.messaging.routes.shown import number, page, shown
from app.messaging.rules import LARGEST_SEQ
from app.web.access import requires
from app.web.errors import wants_json
from app.web.limits import limited
from app.web.login import member


@blueprint.get("/messages")
@requires(SEE_CONVERSATIONS)
def inbox() -> ResponseReturnValue:
    """List the visitor's conversations, the newest first: all, those that wait for an answer, or those put away."""
    me = member()
    show = request.args.get("show", "")
    lines = queries.inbox(me, archived=show == "archived")
    return render_template(
        "messaging/inbox.html",
        lines=[line for line in lines if line.waits] if show == "waiting" else lines,
        show=show if show in {"waiting", "archived"} else "all",
        waiting=words.families_wait(lines, me.person_id),
        me=me.person_id,
        summary=words.summary,
    )


@blueprint.get("/messages/search")
@requires(SEE_CONVERSATIONS)
@limited("60/minute")
def search() -> ResponseReturnValue:
    """Look for words in one's own conversations; nothing of it is kept."""
    typed = request.args.get("q", "")
    found, problems = [], {}
    if typed:
        try:
            wanted = rules.clean_search(typed)
        except Invalid as refusal:
            problems = refusal.fields
        else:
            hits = queries.search(member(), wanted)
            found = [(hit, rules.pieces(hit.body, rules.places(hit.body, wanted))) for hit in hits]
    return render_template(
        "messaging/search.html", typed=typed, found=found, problems=problems, most=queries.MOST_FOUND
    ), (422 if problems else 200)


@blueprint.get("/messages/<public_id>")
@requires(READ_CONVERSATION)
def thread(public_id: str) -> ResponseReturnValue:
    """Show a conversation; with ``after_seq`` only what follows, for pages that catch up."""
    conversation = queries.conversation_for(member(), public_id)
    if "after_seq" in request.args:
        return _what_follows(conversation, number("after_seq", 0), min(number("limit", CATCH_UP), CATCH_UP))
    return page(conversation, MessageForm(formdata=None))


@blueprint.get("/messages/of/<interest_public_id>")
@requires(READ_CONVERSATION)
def of_interest(interest_public_id: str) -> ResponseReturnValue:
    """Lead one of two people who both said yes to their conversation; pages below know only the yes."""
    interest = interest_by_public_id(member(), interest_public_id)
    conversation = queries.conversation_of_interest(interest.id)
    if conversation is None:
        raise NotFound
    return redirect(url_for("messaging.thread", public_id=conversation.public_id))


@blueprint.get("/messages/heads")
@requires(SEE_CONVERSATIONS)
def heads() -> ResponseReturnValue:
    """How far each of one's own conversations has come, for pages that catch up."""
    return jsonify(conversations=[asdict(head) for head in queries.heads(member())])


def _what_follows(conversation: ConversationView, after: int, limit: int) -> ResponseReturnValue:
    if not wants_json():
        messages = queries.messages_after(conversation.id, after, limit)
        return render_template("messaging/_messages.html", **shown(conversation, messages))
    changes_after = number("changes_after", LARGEST_SEQ)
    return jsonify(catching_up.answer(conversation, member(), after=after, changes_after=changes_after, limit=limit))
