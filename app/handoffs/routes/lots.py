"""The lots of a handoff: chosen and written down by the donor, accepted by the family, and what became of them."""

from typing import Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.handoffs import queries, services
from app.handoffs.forms import FateForm, LotForm, attach, bags_typed, words_of
from app.handoffs.permissions import ACCEPT_LOTS, LIST, NAME_LOTS, SEE
from app.handoffs.routes.blueprint import blueprint
from app.handoffs.routes.page import act, handoff_page
from app.infra.clock import utcnow
from app.kernel.errors import Invalid, NotFound
from app.milk.rules.codes import read_code, shown
from app.milk.services import today_of
from app.milk.words import ARRIVALS
from app.web.access import requires
from app.web.limits import limited
from app.web.login import member
from app.web.templating import reader

LONGEST_SEEN: Final = 20
"""Signs of a lot and a version in the form that accepts them; no sound one is longer."""


@blueprint.app_template_filter("lot_code")
def lot_code(code: str) -> str:
    """A lot's code as it stands on its bags."""
    return shown(code)


@blueprint.post("/handoffs/<public_id>/lots")
@requires(NAME_LOTS)
@limited("120/hour")
def choose_lots(public_id: str) -> ResponseReturnValue:
    """Choose which bags the donor brings."""
    queries.lots_for(member(), public_id)
    chosen = bags_typed(request.form) or {}
    try:
        return act(public_id, lambda: services.choose_lots(member(), public_id, chosen, now=utcnow()))
    except Invalid as error:
        reasons = words_of(error.fields, "bags")
        return handoff_page(public_id, 422, asked="choose", bag_reasons=reasons, typed=request.form)


@blueprint.post("/handoffs/<public_id>/lots/new")
@requires(NAME_LOTS)
@limited("60/hour")
def write_lot(public_id: str) -> ResponseReturnValue:
    """Write down a lot for the handoff."""
    queries.lots_for(member(), public_id)
    form = LotForm()
    if not form.validate():
        return handoff_page(public_id, 422, lot_form=form)
    try:
        return act(public_id, lambda: services.write_lot(member(), public_id, form.whole_lot(), now=utcnow()))
    except Invalid as error:
        attach(form, {name if name in form else "pumped_from": said for name, said in error.fields.items()})
        return handoff_page(public_id, 422, lot_form=form)


@blueprint.post("/handoffs/<public_id>/lots/accept")
@requires(ACCEPT_LOTS)
def accept_lots(public_id: str) -> ResponseReturnValue:
    """Say that the family has read what the donor says of each lot, and wants this milk."""
    seen = _seen(request.form.get("seen", ""))
    return act(public_id, lambda: services.accept_lots(member(), public_id, seen, now=utcnow()))


def _seen(typed: str) -> dict[int, int | None]:
    """What the form showed; what cannot be read shows nothing, and so is refused."""
    found: dict[int, int | None] = {}
    for part in typed.split():
        lot, _colon, version = part.partition(":")
        if len(part) <= LONGEST_SEEN and lot.isdecimal() and (version.isdecimal() or not version):
            found[int(lot)] = int(version) if version else None
    return found


@blueprint.get("/handoffs/<public_id>/lots/card")
@requires(SEE)
def lots_card(public_id: str) -> ResponseReturnValue:
    """The card of the lots alone, for a thread that is told that it changed."""
    return render_template("handoffs/_disclosure.html", card=queries.lots_for(member(), public_id))


@blueprint.get("/milk/received")
@requires(LIST)
def received() -> ResponseReturnValue:
    """Every lot of which the family received milk."""
    return _received_page()


def _received_page(
    status: int = 200, *, sent: FateForm | None = None, about: tuple[str, str] = ("", "")
) -> ResponseReturnValue:
    """The page, with the form that was ``sent`` in place of the fresh one of the lot it is ``about``."""
    lots = queries.received_by_family(member())
    fates = {
        (lot.handoff_public_id, lot.code): FateForm(None, unit=reader().volume_unit, left=lot.received.left_ml)
        for lot in lots
        if lot.received and lot.received.left_ml > 0
    }
    if sent and about in fates:
        fates[about] = sent
    for key, form in fates.items():
        form.stand_at("-".join(key))
    told = queries.told_of(member())
    page = render_template("handoffs/received.html", received=lots, arrivals=ARRIVALS, fates=fates, told=told)
    return page, status


@blueprint.get("/milk/received/sheet")
@requires(LIST)
def received_sheet() -> ResponseReturnValue:
    """The same to print, with what happened to each lot in the family's hands."""
    lots = queries.received_by_family(member())
    stories = {(lot.handoff_public_id, lot.code): queries.story_of(lot) for lot in lots}
    today = today_of(member().person_id, utcnow())
    return render_template("handoffs/received_sheet.html", received=lots, stories=stories, today=today)


@blueprint.post("/milk/received/<public_id>/<code>")
@requires(SEE)
@limited("120/hour")
def say_fate(public_id: str, code: str) -> ResponseReturnValue:
    """Say what became of so much of a lot that was received: fed, still kept, poured away."""
    plain = read_code(code)
    if plain is None:
        raise NotFound
    form, about = FateForm(), (public_id, plain)
    if form.validate():
        try:
            said, volume, shown = form.said(), form.millilitres(), form.shown_left()
            if not services.say_fate(member(), public_id, plain, said, volume, shown=shown, now=utcnow()):
                flash(_("That is saved already, or has changed meanwhile. Please look at what is left."), "info")
        except Invalid as error:
            attach(form, error.fields)
        else:
            return redirect(url_for("handoffs.received"))
    return _received_page(422, sent=form, about=about)
