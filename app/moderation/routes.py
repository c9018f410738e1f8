"""Pages of reports and review: translate to and from a use-case, nothing else."""

from typing import Any

import structlog
from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from app.infra.clock import utcnow
from app.kernel.errors import Conflict, DomainError, Invalid
from app.messaging.queries import MessageView
from app.messaging.words import summary
from app.milk import queries as milk
from app.milk import words as milk_words
from app.moderation import rules, services
from app.moderation.forms import DecisionForm, ReportForm
from app.moderation.permissions import REPORT, REVIEW, SEE_OWN
from app.moderation.queries import cases, outcomes, pictures, received, targets
from app.moderation.rules import TargetKind
from app.posts import queries as posts
from app.posts.rules import STORAGE, TERM_AND_HEALTHY
from app.web.access import requires
from app.web.files import sandboxed, stored_picture
from app.web.limits import limited
from app.web.login import member

blueprint = Blueprint("moderation", __name__)
log = structlog.get_logger(__name__)


@blueprint.get("/moderation")
@requires(REVIEW)
def queue() -> ResponseReturnValue:
    """Show what waits, the most harmful first, then the oldest."""
    lines, waiting = cases.queue(member(), now=utcnow())
    return render_template("moderation/queue.html", lines=lines, waiting=waiting, rules=rules)


@blueprint.get("/moderation/cases/<public_id>")
@requires(REVIEW)
def case(public_id: str) -> ResponseReturnValue:
    """Show one case with its evidence."""
    return _case_page(public_id, DecisionForm(formdata=None))


@blueprint.get("/moderation/cases/<public_id>/picture")
@sandboxed
@requires(REVIEW)
def picture(public_id: str) -> Response:
    """The picture of the reported message; who looked at it is logged, and opened on its own it can run nothing."""
    found = pictures.picture_of_case(member(), public_id)
    answer = stored_picture(found.name)
    log.info("evidence seen", case=public_id, moderator=member().person_id, picture=found.public_id)
    return answer


@blueprint.get("/moderation/members/<public_id>")
@requires(REVIEW)
def about_member(public_id: str) -> ResponseReturnValue:
    """Show a member as a moderator may see one: how long here, and what was received beside the stated need."""
    found = received.member_card(member(), public_id, now=utcnow())
    log.info("evidence seen", moderator=member().person_id, member=public_id, what="received")
    resting = milk.rest_of(found.member.id)
    return render_template("moderation/member.html", card=found, resting=resting)


@blueprint.post("/moderation/members/<public_id>/let-give")
@requires(REVIEW)
def let_give(public_id: str) -> ResponseReturnValue:
    """Let a member whose offers rest show them again."""
    services.let_give(member(), public_id, now=utcnow())
    return redirect(url_for("moderation.about_member", public_id=public_id))


@blueprint.post("/moderation/cases/<public_id>/claim")
@requires(REVIEW)
def claim(public_id: str) -> ResponseReturnValue:
    """Take the case for a quarter of an hour."""
    try:
        services.claim(member(), public_id, now=utcnow())
    except Conflict as error:
        return _case_page(public_id, DecisionForm(formdata=None), refused=error)
    return redirect(url_for("moderation.case", public_id=public_id))


@blueprint.post("/moderation/cases/<public_id>/give-back")
@requires(REVIEW)
def give_back(public_id: str) -> ResponseReturnValue:
    """Give the case back to the queue."""
    services.give_back(member(), public_id)
    return redirect(url_for("moderation.queue"))


@blueprint.post("/moderation/cases/<public_id>/decide")
@requires(REVIEW)
def decide(public_id: str) -> ResponseReturnValue:
    """Decide the case; what was typed stays on the page when it cannot be decided so."""
    form = DecisionForm()
    try:
        services.decide(
            member(), public_id, form.action.data or "", form.rule.data or "", form.reason.data or "", now=utcnow()
        )
    except (Invalid, Conflict) as error:
        return _case_page(public_id, form, refused=error)
    return redirect(url_for("moderation.queue"))


def _case_page(public_id: str, form: DecisionForm, refused: DomainError | None = None) -> ResponseReturnValue:
    view = cases.case_view(member(), public_id, now=utcnow())
    _mark(form, refused)
    card = received.member_card(member(), view.history.public_id, now=utcnow())
    if card.has_received:
        log.info("evidence seen", case=public_id, moderator=member().person_id, what="received")
    page = render_template(
        "moderation/case.html", case=view, form=form, refused=refused, rules=rules, card=card, **_evidence(view)
    )
    return page, refused.status if refused else 200


def _mark(form: FlaskForm, refused: DomainError | None) -> None:
    if isinstance(refused, Invalid):
        for name, reasons in refused.fields.items():
            form[name].errors = [_(reason) for reason in reasons]


def _evidence(view: cases.CaseView) -> dict[str, Any]:
    if view.target_kind is TargetKind.POST:
        return {"post": posts.post(view.target_id), "words": {"storage": STORAGE, "term": TERM_AND_HEALTHY}}
    if view.target_kind is TargetKind.MESSAGE:
        return {"messages": targets.messages_around(view.target_id), "said": _said}
    if view.target_kind is TargetKind.HELD:
        earlier = targets.messages_before_held(view.target_id)
        return {"held": targets.held_words(view.target_id), "messages": earlier, "said": _said}
    if view.target_kind is TargetKind.GIVING:
        return {"resting": milk.rest(view.target_id), "milk_words": milk_words}
    return {"note": targets.note_of(view.target_id)} if view.target_kind is TargetKind.INTEREST else {}


def _said(message: MessageView) -> str:
    """What a message says as its reader saw it, whatever its kind; a card by what it is called."""
    return summary(message, reader_id=0)


@blueprint.route("/report/<target_kind>/<public_id>", methods=["GET", "POST"])
@requires(REPORT)
@limited("30/hour", methods=("POST",))
def report(target_kind: str, public_id: str) -> ResponseReturnValue:
    """Ask what is wrong; each reason is a button that sends the report."""
    target = targets.reportable(member(), target_kind, public_id)
    form = ReportForm()
    refused: DomainError | None = None
    if form.validate_on_submit():
        try:
            receipt = services.report(
                member(), target_kind, public_id, form.reason.data or "", form.words.data or "", now=utcnow()
            )
            return redirect(url_for("moderation.receipt", public_id=receipt))
        except Invalid as error:
            refused = error
            _mark(form, error)
    page = render_template("moderation/report.html", target=target, form=form, reasons=rules.REASON_WORDS)
    return page, 422 if refused or form.errors else 200


@blueprint.get("/reports")
@requires(SEE_OWN)
def my_reports() -> ResponseReturnValue:
    """List what one has reported and what became of it, and what was decided about oneself."""
    return render_template(
        "moderation/my_reports.html",
        reports=outcomes.own_reports(member()),
        statements=outcomes.own_statements(member()),
        rules=rules,
    )


@blueprint.get("/reports/<public_id>")
@requires(SEE_OWN)
def receipt(public_id: str) -> ResponseReturnValue:
    """Show the receipt of one's own report, and offer not to meet the person again."""
    return render_template("moderation/receipt.html", report=outcomes.report_view(member(), public_id), rules=rules)


@blueprint.post("/reports/<public_id>/block")
@requires(REPORT)
def block(public_id: str) -> ResponseReturnValue:
    """Block the person one's own report is about."""
    services.block_reported(member(), public_id, now=utcnow())
    return redirect(url_for("moderation.receipt", public_id=public_id, blocked=1))


@blueprint.get("/reviews/<public_id>")
@requires(SEE_OWN)
def statement(public_id: str) -> ResponseReturnValue:
    """Show the person concerned what was decided, by which rule and why."""
    return render_template("moderation/statement.html", statement=outcomes.statement(member(), public_id), rules=rules)
