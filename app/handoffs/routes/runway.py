"""How long a family's milk lasts: the page, the correction in one press, and the bridge."""

from datetime import datetime
from decimal import Decimal

from babel.dates import format_date
from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from app.handoffs import queries
from app.handoffs.forms import StockForm, attach
from app.handoffs.permissions import SEE_RUNWAY
from app.handoffs.queries import RunwayView
from app.handoffs.routes.blueprint import blueprint
from app.handoffs.routes.page import in_unit
from app.handoffs.rules.local_time import zone_named
from app.infra.clock import utcnow
from app.kernel.errors import Conflict, Invalid
from app.posts import services as posts
from app.web.access import requires
from app.web.limits import limited
from app.web.login import member, visitor
from app.web.templating import reader


@blueprint.app_template_global("runway_of")
def runway_of(request_public_id: str) -> RunwayView | None:
    """How long the milk of the reader's own request lasts; None where nothing is to be said."""
    return queries.runway_of(member(), request_public_id, now=utcnow()) if visitor() else None


@blueprint.app_template_global("stock_form")
def stock_form(view: RunwayView) -> StockForm:
    """The form of the correction, with what is reckoned to be left typed in: one press says that it is so."""
    unit = reader().volume_unit
    return StockForm(None, amount=Decimal(str(in_unit(view.reckoned.left, unit))), unit=unit)


@blueprint.app_template_filter("weekday")
def weekday(moment: datetime) -> str:
    """A moment as a day of the reader's calendar, with the day of the week: "Tue 24 Nov"."""
    day = moment.astimezone(zone_named(reader().timezone)).date()
    return str(format_date(day, "EEE d MMM", locale=str(get_locale())))


@blueprint.app_template_filter("runs_out")
def runs_out(view: RunwayView) -> str:
    """Until when the milk lasts, as a band of days of the reader's calendar."""
    found = view.reckoned
    if found.is_out:
        return str(_("By what you told us, there is no milk left."))
    if found.is_far:
        return str(_("Your milk lasts for more than a year."))
    first, likely, last = (weekday(moment) for moment in (found.earliest, found.runs_out, found.latest))
    if first == last:
        return str(_("Your milk lasts until about %(day)s.", day=likely))
    words = _(
        "Your milk runs out between %(first)s and %(last)s, most likely on %(day)s.", first=first, last=last, day=likely
    )
    return str(words)


@blueprint.get("/posts/<public_id>/runway")
@requires(SEE_RUNWAY)
def runway(public_id: str) -> ResponseReturnValue:
    """How long the milk of one's own request lasts, and on what that rests."""
    return _page(public_id)


def _page(
    public_id: str, status: int = 200, form: StockForm | None = None, problem: str | None = None
) -> ResponseReturnValue:
    view = queries.runway_for(member(), public_id, now=utcnow())
    page = render_template("handoffs/runway.html", runway=view, form=form or stock_form(view), problem=problem)
    return page, status


@blueprint.post("/posts/<public_id>/stock")
@requires(SEE_RUNWAY)
@limited("60/hour")
def restock(public_id: str) -> ResponseReturnValue:
    """Say how much milk is at home now."""
    form = StockForm()
    queries.runway_for(member(), public_id, now=utcnow())
    if form.validate():
        try:
            posts.restock(member(), public_id, form.millilitres(), now=utcnow())
        except Invalid as error:
            attach(form, error.fields)
        else:
            flash(_("Saved. We reckon from now on with that."), "success")
            return redirect(url_for("handoffs.runway", public_id=public_id))
    return _page(public_id, 422, form)


@blueprint.post("/posts/<public_id>/bridge")
@requires(SEE_RUNWAY)
@limited("20/hour")
def bridge(public_id: str) -> ResponseReturnValue:
    """Ask for milk for the next days, with what is reckoned to be left."""
    view = queries.runway_for(member(), public_id, now=utcnow())
    try:
        posts.raise_bridge(member(), public_id, view.reckoned.left, now=utcnow())
    except Conflict as error:
        return _page(public_id, 409, problem=_(error.message))
    flash(_("We look at once for milk near you, and tell you as soon as something fits."), "success")
    return redirect(url_for("handoffs.runway", public_id=public_id))
