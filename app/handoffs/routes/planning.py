"""Planning a handoff: a time and an amount, and for the donor the bags she would bring."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from babel.dates import get_timezone_name
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from app.handoffs import queries, services
from app.handoffs.forms import BEGAN, PlanForm, attach, bags_written, other_bags, suggested
from app.handoffs.permissions import CHANGE, PLAN
from app.handoffs.queries import HandoffView, Plan
from app.handoffs.routes.blueprint import blueprint
from app.handoffs.routes.ground import ground_parts
from app.handoffs.routes.page import in_unit
from app.handoffs.rules.local_time import zone_named
from app.handoffs.rules.plan import ROUNDING
from app.handoffs.rules.states import side_of
from app.infra.clock import utcnow
from app.kernel.errors import Conflict, Invalid, LimitReached
from app.kernel.quantities import Millilitres
from app.web.access import requires
from app.web.limits import limited
from app.web.login import member
from app.web.templating import reader

TOMORROW: Final = timedelta(days=1)
"""How far ahead a form begins; bags are offered for that day until another was typed."""


@blueprint.route("/conversations/<public_id>/handoff", methods=["GET", "POST"])
@requires(PLAN)
@limited("60/hour", methods=("POST",))
def propose(public_id: str) -> ResponseReturnValue:
    """Plan a handoff with the other one of a conversation."""
    plan = queries.plan_for(member(), public_id)
    form = _plan_form(plan)
    if form.validate_on_submit() and (made := _proposed(form, plan)):
        return redirect(url_for("handoffs.show", public_id=made))
    return _plan_page(form, plan)


@blueprint.route("/handoffs/<public_id>/other-time", methods=["GET", "POST"])
@requires(CHANGE)
@limited("60/hour", methods=("POST",))
def counter(public_id: str) -> ResponseReturnValue:
    """Propose another time or amount in place of one that waits for an answer."""
    view = queries.handoff_for(member(), public_id, now=utcnow())
    plan = queries.plan_for(member(), view.conversation_public_id)
    form = _plan_form(plan, view)
    if form.validate_on_submit() and (made := _proposed(form, plan, instead=public_id)):
        return redirect(url_for("handoffs.show", public_id=made))
    return _plan_page(form, plan, instead=view)


def _plan_form(plan: Plan, instead: HandoffView | None = None) -> PlanForm:
    now, zone, unit = utcnow(), zone_named(reader().timezone), reader().volume_unit
    typed = {"unit": unit, "amount": in_unit(_meant(plan, instead), unit), **suggested(now, zone)}
    if instead and instead.window_start > now:
        start, end = instead.window_start.astimezone(zone), instead.window_end.astimezone(zone)
        typed |= {"day": start.date(), "starts": start.time(), "ends": end.time()}
    return PlanForm(zone=zone, now=now, data=typed)


def _meant(plan: Plan, instead: HandoffView | None) -> Millilitres:
    """The amount a form begins with."""
    return instead.volume_ml if instead else queries.suggestion(plan, now=utcnow()).volume


def _proposed(form: PlanForm, plan: Plan, instead: str | None = None) -> str | None:
    """Propose, or put the reasons at the fields; what stands against it as a whole is said above the form."""
    token = form.submit_token.data or None
    draft = form.draft(other_bags(request.form) if member().person_id == plan.donor_id else None)
    try:
        if instead:
            return services.counter_propose(member(), instead, draft, submit_token=token, now=utcnow())
        return services.propose(member(), plan.conversation_public_id, draft, submit_token=token, now=utcnow())
    except Invalid as error:
        attach(form, error.fields)
    except (Conflict, LimitReached) as error:
        flash(_(error.message), "error")
    return None


def _plan_page(form: PlanForm, plan: Plan, instead: HandoffView | None = None) -> ResponseReturnValue:
    start = form.windows[0][0] if form.windows else utcnow()
    free = queries.free_volume(plan, at=start)
    page = render_template(
        "handoffs/propose.html",
        form=form,
        plan=plan,
        instead=instead,
        zone=get_timezone_name(zone_named(reader().timezone), locale=get_locale()),
        other_name=plan.other_name(member().person_id),
        free=free,
        nothing_free=free <= ROUNDING and not plan.is_weekly,
        divided=instead is None and queries.suggestion(plan, now=utcnow()).divided,
        **_bag_parts(form, plan, instead),
        **ground_parts(plan.conversation_public_id, side_of(plan, member().person_id)),
    )
    return page, 422 if request.method == "POST" else 200


def _bag_parts(form: PlanForm, plan: Plan, instead: HandoffView | None) -> dict[str, Any]:
    """The donor's bags to choose from, those the form begins with, and what she typed; None in place of all of it."""
    began = instead.window_end if instead else utcnow() + TOMORROW
    until = max((end for _start, end in form.windows), default=max(began, utcnow() + TOMORROW))
    bags = queries.bags_to_plan(member(), plan, _meant(plan, instead), until=until)
    if bags is None or request.method == "POST":
        oldest = request.form.get(BEGAN, "")
    else:
        oldest = bags_written(bags.chosen)
        named = queries.lots_for(member(), instead.public_id).chosen if instead else {}
        bags = replace(bags, chosen=named or bags.chosen)
    return {"bags": bags, "began": {"name": BEGAN, "value": oldest}, "typed": request.form}
