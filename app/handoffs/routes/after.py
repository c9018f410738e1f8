"""What follows a handoff: how it went, days shared, thanks, and how much of it somebody wants to hear."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.handoffs import queries, services
from app.handoffs.forms import ThanksForm, attach
from app.handoffs.permissions import AFTER, CHOOSE_AFTER
from app.handoffs.queries import AfterView, GivenInAll
from app.handoffs.routes.blueprint import blueprint
from app.handoffs.rules.after import TYPICAL_FROM, TYPICAL_PER_DAY, Went
from app.infra.clock import utcnow
from app.kernel.errors import Invalid
from app.kernel.words import N_
from app.web.access import requires
from app.web.limits import limited
from app.web.login import member, visitor
from app.web.navigation import back_within_site

WENT = {
    Went.FINE: N_("All fine"),
    Went.NOT_TAKEN: N_("The baby did not take it"),
    Went.NOT_USED: N_("Not used yet"),
    Went.PROBLEM: N_("A problem with the milk"),
}


@blueprint.app_template_global("after_of")
def after_of(public_id: str) -> AfterView | None:
    """What follows a handoff of the reader's, for a page that shows it below something else; None for nothing."""
    return queries.after_of(member(), public_id) if visitor() else None


@blueprint.app_template_global("given_in_all")
def given_in_all() -> GivenInAll:
    """What the reader gave over all handoffs."""
    return queries.given_in_all(member().person_id)


@blueprint.app_template_global("typical_day")
def typical_day() -> dict[str, Any]:
    """What a baby of the studies drinks a day, and who says so."""
    return {"volume": TYPICAL_PER_DAY, "source": TYPICAL_FROM}


@blueprint.get("/handoffs/<public_id>/after")
@requires(AFTER)
def after(public_id: str) -> ResponseReturnValue:
    """What follows a handoff, for either of its two."""
    return _page(public_id, ThanksForm(None))


def _page(public_id: str, form: ThanksForm, status: int = 200) -> ResponseReturnValue:
    view = queries.after_for(member(), public_id)
    return render_template("handoffs/after.html", after=view, thanks_form=form, went_words=WENT), status


def _done(public_id: str, use_case: Callable[[], None]) -> ResponseReturnValue:
    use_case()
    return redirect(url_for("handoffs.after", public_id=public_id))


@blueprint.post("/handoffs/<public_id>/after/<any('fine', 'not-taken', 'not-used', 'problem'):went>")
@requires(AFTER)
@limited("60/hour")
def how_it_went(public_id: str, went: str) -> ResponseReturnValue:
    """Say how it went; from the page or from the question in the inbox."""
    return _done(public_id, lambda: services.say_how_it_went(member(), public_id, Went(went), now=utcnow()))


@blueprint.post("/handoffs/<public_id>/after/days")
@requires(AFTER)
@limited("60/hour")
def share_days(public_id: str) -> ResponseReturnValue:
    """Let the donor know for how many days it feeds, or no longer."""
    shares = request.form.get("share") == "1"
    return _done(public_id, lambda: services.share_days(member(), public_id, shares=shares, now=utcnow()))


@blueprint.post("/handoffs/<public_id>/after/thanks")
@requires(AFTER)
@limited("60/hour")
def thank(public_id: str) -> ResponseReturnValue:
    """Thank the donor; words that cannot be sent stay in the field with the reason."""
    form = ThanksForm()
    queries.after_for(member(), public_id)
    if form.validate():
        try:
            services.thank(member(), public_id, form.note.data or "", now=utcnow())
        except Invalid as error:
            attach(form, error.fields)
        else:
            flash(_("Your thanks are kept for the donor. Some read them at once, and some later."), "success")
            return redirect(url_for("handoffs.after", public_id=public_id))
    return _page(public_id, form, 422)


@blueprint.post("/handoffs/<public_id>/after/open")
@requires(AFTER)
@limited("60/hour")
def open_thanks(public_id: str) -> ResponseReturnValue:
    """Open thanks that waited."""
    return _done(public_id, lambda: services.open_thanks(member(), public_id, now=utcnow()))


@blueprint.post("/handoffs/after/wishes")
@requires(CHOOSE_AFTER)
@limited("60/hour")
def wish() -> ResponseReturnValue:
    """Choose to be asked how it went or not, and to hear of thanks at once or not."""
    chosen = {name: request.form[name] == "1" for name in ("questions", "thanks") if name in request.form}
    services.wish(member(), **chosen, now=utcnow())
    flash(_("Saved."), "success")
    return redirect(back_within_site(request.form.get("back")))
