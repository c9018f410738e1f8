"""Recall codes: the donor's print-out, the public form they are for, and whether one may be told after leaving."""

from flask import flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries as people
from app.accounts import services as accounts
from app.accounts.forms import words_shown
from app.accounts.rules.consents import Purpose, text_of
from app.infra.clock import utcnow
from app.kernel.errors import Invalid
from app.milk.forms import attach
from app.milk.forms.withdrawals import RecallForm
from app.milk.permissions import LIST
from app.milk.routes.blueprint import blueprint
from app.milk.services import recall as use_cases
from app.web.access import public, requires
from app.web.limits import limited
from app.web.login import member


@blueprint.route("/recall", methods=["GET", "POST"])
@public
@limited("5/minute;20/hour;40/day", methods=("POST",))
def recall() -> ResponseReturnValue:
    """Withdraw a lot by its two codes, without an account."""
    form = RecallForm()
    if not form.validate_on_submit():
        return render_template("milk/recall.html", form=form, done=False), 422 if form.errors else 200
    try:
        use_cases.start(form.lot_code.data or "", form.recall_code.data or "", form.why(), now=utcnow())
    except Invalid as error:
        attach(form, error.fields)
        return render_template("milk/recall.html", form=form, done=False), 422
    return render_template("milk/recall.html", form=form, done=True)


@blueprint.get("/milk/recall")
@requires(LIST)
def recall_codes() -> ResponseReturnValue:
    """What recall codes are for, a button that makes new ones, and whether one is told after leaving."""
    actor = member()
    return render_template(
        "milk/recall_codes.html", codes=None, words=text_of(Purpose.RECALL_CONTACT),
        agreed=people.active_consent(actor.person_id, Purpose.RECALL_CONTACT),
    )  # fmt: skip


@blueprint.post("/milk/recall")
@requires(LIST)
@limited("20/hour")
def make_recall_codes() -> ResponseReturnValue:
    """A fresh code for each lot, shown this once to be printed."""
    made = use_cases.make_codes(member(), now=utcnow())
    answer = make_response(render_template("milk/recall_codes.html", codes=made))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/milk/recall/contact")
@requires(LIST)
def agree_to_recall() -> ResponseReturnValue:
    """Agree to be told after leaving; the words stand above the button."""
    accounts.give_consent(member(), Purpose.RECALL_CONTACT.value, **words_shown(Purpose.RECALL_CONTACT), now=utcnow())
    flash(_("Saved."), "success")
    return redirect(url_for("milk.recall_codes"))


@blueprint.post("/milk/recall/contact/end")
@requires(LIST)
def end_recall_contact() -> ResponseReturnValue:
    """Take that back."""
    accounts.withdraw_consent(member(), Purpose.RECALL_CONTACT.value, now=utcnow())
    flash(_("Saved."), "success")
    return redirect(url_for("milk.recall_codes"))
