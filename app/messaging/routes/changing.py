"""Editing and deleting what one sent, by form."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.infra.clock import utcnow
from app.kernel.errors import DomainError, Invalid, NotFound
from app.messaging import queries, rules, services, words
from app.messaging.forms import EditForm
from app.messaging.permissions import WRITE_CONVERSATION
from app.messaging.queries import MessageView
from app.messaging.routes.blueprint import blueprint
from app.messaging.routes.outcome import led_to, outcome
from app.messaging.routes.shown import is_number
from app.web.access import requires
from app.web.limits import limited
from app.web.login import member


@blueprint.get("/messages/<public_id>/<seq>/change")
@requires(WRITE_CONVERSATION)
def change(public_id: str, seq: str) -> ResponseReturnValue:
    """Offer to edit or delete one message of one's own."""
    mine = _own(public_id, seq)
    form = EditForm(formdata=None)
    form.body.data = mine.body
    return _page(public_id, mine, form)


@blueprint.post("/messages/<public_id>/<seq>/edit")
@requires(WRITE_CONVERSATION)
@limited("60/minute")
def edit(public_id: str, seq: str) -> ResponseReturnValue:
    """Change the words, or show them again with the reason why not."""
    mine, form = _own(public_id, seq), EditForm()
    body, confirmed = form.body.data, bool(form.confirmed.data)
    return outcome(
        public_id,
        lambda: services.edit(member(), public_id, mine.seq, body=body, confirmed=confirmed, now=utcnow()),
        lambda refusal: _page(public_id, mine, form, refusal),
    )


@blueprint.post("/messages/<public_id>/<seq>/delete")
@requires(WRITE_CONVERSATION)
@limited("60/minute")
def delete(public_id: str, seq: str) -> ResponseReturnValue:
    """Take back what was said."""
    return led_to(public_id, services.delete_message(member(), public_id, _own(public_id, seq).seq, now=utcnow()))


@blueprint.post("/messages/<public_id>/take-back")
@requires(WRITE_CONVERSATION)
@limited("60/minute")
def take_back(public_id: str) -> ResponseReturnValue:
    """Remove what waits for a moderator, or was not sent."""
    services.take_back(member(), public_id, request.form.get("client_id"), now=utcnow())
    return redirect(url_for("messaging.thread", public_id=public_id), 303)


def _own(public_id: str, seq: str) -> MessageView:
    conversation = queries.conversation_for(member(), public_id)
    if not is_number(seq):
        raise NotFound
    found = queries.message(conversation.id, rules.clean_seq(int(seq)))
    if found.sender_id != member().person_id:
        raise NotFound
    return found


def _page(public_id: str, mine: MessageView, form: EditForm, refusal: DomainError | None = None) -> str:
    gone = mine.deleted_at is not None
    return render_template(
        "messaging/change.html",
        message=mine,
        text=words.text_of(mine),
        form=form,
        refusal=refusal,
        problems=refusal.fields if isinstance(refusal, Invalid) else {},
        may_edit=not gone and rules.may_edit(mine.kind, mine.sent_at, now=utcnow()),
        may_delete=not gone and rules.may_delete(mine.kind),
        minutes=int(rules.EDIT_FOR.total_seconds() // 60),
        back=url_for("messaging.thread", public_id=public_id, _anchor=f"m{mine.seq}"),
        public_id=public_id,
    )
