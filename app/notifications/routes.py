"""Pages of notices: translate to and from a use-case, nothing else."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.infra.clock import utcnow
from app.notifications import queries, services
from app.notifications.permissions import SEE_OWN_NOTICES
from app.notifications.queries import PAGE, NoticeView
from app.notifications.words import WORDS, words_for
from app.web.access import requires
from app.web.login import member, visitor

blueprint = Blueprint("notifications", __name__)


@blueprint.app_template_global("unread_notices")
def unread_notices() -> int:
    """How many notices the reader has not opened; 0 for somebody who has not signed in."""
    reader = visitor()
    return queries.unread_count(reader.person_id) if reader else 0


@blueprint.app_template_filter("notice_words")
def notice_words(notice: NoticeView) -> str:
    """What a notice says, in the reader's language."""
    return str(_(words_for(notice.kind, notice.params), name=notice.params.get("name", "")))


@blueprint.app_template_filter("notice_answers")
def notice_answers(notice: NoticeView) -> list[tuple[str, str]]:
    """The answers an unread notice offers, each with the address a press posts to; none once it is read."""
    if notice.read_at is not None:
        return []
    return [(str(_(answer.words)), f"{notice.path}/{answer.way}") for answer in WORDS[notice.kind].answers]


@blueprint.get("/notices")
@requires(SEE_OWN_NOTICES)
def inbox() -> ResponseReturnValue:
    """The reader's notices, newest first."""
    notices = queries.inbox(member(), before=request.args.get("before", type=int))
    older = notices[-1].id if len(notices) == PAGE else None
    return render_template("notifications/inbox.html", notices=notices, older=older)


@blueprint.post("/notices/<public_id>/open")
@requires(SEE_OWN_NOTICES)
def open_one(public_id: str) -> ResponseReturnValue:
    """Mark a notice as read and go where it leads."""
    return redirect(services.open_notice(member(), public_id, now=utcnow()))


@blueprint.post("/notices/read")
@requires(SEE_OWN_NOTICES)
def read_all() -> ResponseReturnValue:
    """Mark every notice as read."""
    services.open_all(member(), now=utcnow())
    return redirect(url_for("notifications.inbox"))
