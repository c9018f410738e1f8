"""Pages of the days a donor keeps back: hers alone."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from app.accounts import services as accounts
from app.accounts.forms import words_shown
from app.accounts.queries import active_consent
from app.accounts.rules.consents import Purpose, text_of
from app.infra.clock import utcnow
from app.kernel.errors import Conflict, Invalid
from app.milk import queries, services
from app.milk.forms import DaysForm, NewDaysForm, attach, bags_taken
from app.milk.permissions import KEEP, KEEP_DAYS, LIST_DAYS
from app.milk.queries import DaysView
from app.milk.routes.blueprint import blueprint
from app.milk.rules.months import Month, month_of
from app.milk.rules.waits import WAITS, would_end
from app.web.access import requires
from app.web.limits import limited
from app.web.login import member


@blueprint.route("/milk/days", methods=["GET", "POST"])
@requires(LIST_DAYS)
@limited("120/hour", methods=("POST",))
def days() -> ResponseReturnValue:
    """The calendar, and a new entry in three presses."""
    form = NewDaysForm()
    if form.validate_on_submit() and (made := _made(form)):
        flash(_("Written down. Milk of these days is kept back."), "success")
        return redirect(url_for("milk.days_entry", public_id=made))
    actor, today = member(), _today()
    entries = queries.days_of(actor, today=today)
    page = render_template(
        "milk/deferrals.html",
        form=form,
        consent=None if active_consent(actor.person_id, Purpose.HEALTH_DAYS) else text_of(Purpose.HEALTH_DAYS),
        entries=entries,
        repeats=queries.latest_to_repeat(entries),
        held=queries.held_lots(actor, today=today),
        month=_month(entries, today),
    )
    return page, 422 if request.method == "POST" else 200


def _made(form: NewDaysForm) -> str | None:
    """Write the entry down, or put the reasons at the fields; a tick is recorded with the very words beside it."""
    if form.agree.data:
        accounts.give_consent(
            member(), Purpose.HEALTH_DAYS.value, **words_shown(Purpose.HEALTH_DAYS), now=utcnow()
        )  # fmt: skip
    try:
        return services.keep_days_back(
            member(), form.draft_on(_today()), submit_token=form.submit_token.data or None, now=utcnow()
        )
    except Invalid as error:
        attach(form, error.fields)
    return None


def _month(entries: list[DaysView], today: date) -> Month:
    try:
        asked = date.fromisoformat(f"{request.args.get('month', '')}-01")
    except ValueError:
        asked = today
    known = [(each.kind, each.days) for each in entries]
    return month_of(asked, known, today=today, week_begins=getattr(get_locale(), "first_week_day", 0))


@blueprint.route("/milk/days/<public_id>", methods=["GET", "POST"])
@requires(KEEP_DAYS)
def days_entry(public_id: str) -> ResponseReturnValue:
    """An entry: what it keeps back, what others say about waiting, and changing it."""
    entry = _entry(public_id)
    form = DaysForm(
        data={"kind": entry.kind, "first": entry.days.first, "last": entry.days.last, "goes_on": not entry.days.last}
    )
    if form.validate_on_submit():
        try:
            services.change_days(member(), public_id, form.draft(), now=utcnow())
        except Invalid as error:
            attach(form, error.fields)
        else:
            flash(_("Saved."), "success")
            return redirect(url_for("milk.days_entry", public_id=public_id))
    held = queries.held_lots(member(), today=entry.today)
    page = render_template(
        "milk/deferral.html",
        form=form,
        entry=entry,
        held=[each for each in held if each.is_by(public_id)],
        waits=[(wait, would_end(wait, entry.days.last, today=entry.today)) for wait in WAITS[entry.kind]],
        handed_over=queries.handed_over_within(member(), services.told_days(entry.kind, entry.days), today=entry.today),
    )
    return page, 422 if form.errors else 200


@blueprint.post("/milk/days/<public_id>/again")
@requires(KEEP_DAYS)
@limited("120/hour")
def days_again(public_id: str) -> ResponseReturnValue:
    """The same again today."""
    _entry(public_id)
    made = services.again_today(member(), public_id, now=utcnow())
    flash(_("Written down. Milk of these days is kept back."), "success")
    return redirect(url_for("milk.days_entry", public_id=made))


@blueprint.post("/milk/days/<public_id>/end")
@requires(KEEP_DAYS)
def days_end(public_id: str) -> ResponseReturnValue:
    """Today is the last day."""
    _entry(public_id)
    services.end_today(member(), public_id, now=utcnow())
    flash(_("Saved."), "success")
    return redirect(url_for("milk.days_entry", public_id=public_id))


@blueprint.post("/milk/days/<public_id>/delete")
@requires(KEEP_DAYS)
def days_delete(public_id: str) -> ResponseReturnValue:
    """Forget an entry; its lots stay kept back until she says otherwise on the page this leads to."""
    _entry(public_id)
    services.delete_days(member(), public_id, now=utcnow())
    flash(_("These days are deleted. Lots they kept back stay so until you say otherwise."), "success")
    return redirect(url_for("milk.days"))


@blueprint.post("/milk/days/<public_id>/tell")
@requires(KEEP_DAYS)
@limited("30/hour")
def days_tell(public_id: str) -> ResponseReturnValue:
    """Withdraw what was handed over of these days: families are told what to do, never who or why."""
    _entry(public_id)
    if services.tell_families(member(), public_id, now=utcnow()):
        flash(_("Families that have this milk are being told what to do."), "success")
    else:
        flash(_("Every family that has this milk was told before."), "info")
    return redirect(url_for("milk.days_entry", public_id=public_id))


@blueprint.route("/milk/<public_id>/which", methods=["GET", "POST"])
@requires(KEEP)
def which_bags(public_id: str) -> ResponseReturnValue:
    """Say how many bags of a lot are from the days kept back; all of them unless she says less."""
    lot = queries.lot_for(member(), public_id, today=_today())
    held, problem, reasons = queries.held_lot(member(), lot), None, []
    if held is None or not held.can_answer:
        return redirect(url_for("milk.show", public_id=public_id))
    if request.method == "POST":
        taken = bags_taken(request.form, [bags.size_ml for bags in lot.bags])
        try:
            led_to = services.say_which_bags(member(), public_id, taken, now=utcnow())
        except Invalid as error:
            reasons = [_(each) for each in error.fields["bags"]]
        except Conflict as error:
            problem = _(error.message)
        else:
            flash(_("Written down."), "success")
            return redirect(url_for("milk.show", public_id=led_to))
    page = render_template(
        "milk/which_bags.html", lot=lot, held=held, problem=problem, reasons=reasons, typed=request.form
    )
    return page, 422 if reasons else 409 if problem else 200


@blueprint.post("/milk/<public_id>/give-again")
@requires(KEEP)
def give_again(public_id: str) -> ResponseReturnValue:
    """A lot that no day keeps back any more may be given again."""
    queries.lot_for(member(), public_id, today=_today())
    try:
        services.give_again(member(), public_id, now=utcnow())
    except Conflict as error:
        flash(_(error.message), "error")
    else:
        flash(_("This lot may be given again."), "success")
    return redirect(url_for("milk.show", public_id=public_id))


def _entry(public_id: str) -> DaysView:
    return queries.days_for(member(), public_id, today=_today())


def _today() -> date:
    return services.today_of(member().person_id, utcnow())
