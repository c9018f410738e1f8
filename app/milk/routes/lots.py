"""Pages of lots: translate to and from a use-case, nothing else."""

from collections.abc import Callable, Mapping
from datetime import date

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from app.infra.clock import utcnow
from app.infra.label_sheets import STOCKS, Label, can_print, pdf, svg
from app.kernel.errors import Conflict, Invalid
from app.milk import queries, services, words
from app.milk.forms import LotForm, PutForm, attach, bags_taken, suggested
from app.milk.permissions import KEEP, LIST
from app.milk.queries import LotView
from app.milk.routes.blueprint import blueprint
from app.milk.rules.codes import read_code
from app.milk.rules.keeping import MOVES, Kept
from app.web.access import requires
from app.web.limits import limited
from app.web.login import member
from app.web.templating import reader


@blueprint.get("/milk")
@requires(LIST)
def mine() -> ResponseReturnValue:
    """One's lots, the oldest milk first; those of which nothing is left below."""
    found = queries.lots_of(member(), today=_today())
    there = [lot for lot in found if not lot.is_over]
    over = [lot for lot in found if lot.is_over]
    return render_template("milk/mine.html", there=there, over=over)


@blueprint.route("/milk/new", methods=["GET", "POST"])
@requires(LIST)
@limited("120/hour", methods=("POST",))
def new() -> ResponseReturnValue:
    """Write down a new lot."""
    form = LotForm(data=suggested(_today(), reader().volume_unit))
    if form.validate_on_submit() and (made := _made(form)):
        return redirect(url_for("milk.show", public_id=made))
    states = queries.states_something(member())
    return render_template("milk/new.html", form=form, states=states), 422 if request.method == "POST" else 200


def _made(form: LotForm) -> str | None:
    """Make the lot, or put the reasons at the fields."""
    try:
        return services.make_lot(member(), form.draft(), submit_token=form.submit_token.data or None, now=utcnow())
    except Invalid as error:
        attach(form, error.fields)
    return None


@blueprint.get("/milk/find")
@requires(LIST)
def find() -> ResponseReturnValue:
    """From the code on a bag to its lot."""
    code = read_code(request.args.get("code", ""))
    public_id = queries.own_lot_by_code(member(), code) if code else None
    if public_id:
        return redirect(url_for("milk.show", public_id=public_id))
    flash(
        _("None of your lots has this code.") if code else _("That is no code of a lot. Please check each sign."),
        "error",
    )
    return redirect(url_for("milk.mine"))


@blueprint.get("/milk/<public_id>")
@requires(KEEP)
def show(public_id: str) -> ResponseReturnValue:
    """A lot: how long it keeps, its bags, and everything that happened to it."""
    return _page(_lot(public_id))


@blueprint.get("/milk/<public_id>/labels")
@requires(KEEP)
def labels(public_id: str) -> ResponseReturnValue:
    """Choose the paper for a label for each bag."""
    return render_template("milk/labels.html", lot=_lot(public_id), stocks=STOCKS.values())


@blueprint.get("/milk/<public_id>/labels.pdf")
@requires(KEEP)
@limited("60/hour")
def labels_pdf(public_id: str) -> ResponseReturnValue:
    """The labels on the chosen paper; an unknown one is the first, a place not on the sheet its beginning."""
    lot = _lot(public_id)
    if not lot.bags_left:
        return redirect(url_for("milk.labels", public_id=public_id))
    stock = STOCKS.get(request.args.get("paper", "")) or next(iter(STOCKS.values()))
    first = request.args.get("first", 1, type=int)
    drawn = pdf(stock, _printable(lot), first=first if 1 <= first <= stock.per_page else 1)
    answer = make_response(drawn)
    answer.headers["Content-Type"] = "application/pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="lot-{lot.code}.pdf"'
    return answer


@blueprint.get("/milk/<public_id>/sheet")
@requires(KEEP)
def sheet(public_id: str) -> ResponseReturnValue:
    """The labels as a page to print and cut, in the reader's own script."""
    lot = _lot(public_id)
    square = Markup(svg(lot.code))  # noqa: S704 - drawn by the library from eight letters and digits.
    return render_template("milk/sheet.html", lot=lot, labels=_labels(lot), square=square)


@blueprint.get("/milk/<public_id>/life")
@requires(KEEP)
def life(public_id: str) -> ResponseReturnValue:
    """The whole life of a lot as a page to print, without a name; with ``why`` also the donor's own reasons."""
    found = queries.life_of(member(), public_id, today=_today())
    why, zone = request.args.get("why") == "1", reader().timezone
    return render_template("milk/life.html", life=found, lot=found.lot, why=why, zone=zone)


def _labels(lot: LotView) -> list[Label]:
    """A label for each bag that is still there, the larger bags first."""
    return [
        Label(lot.code, words.code(lot), words.label_lines(lot, bags.size_ml))
        for bags in reversed(lot.bags)
        for _bag in range(bags.left)
    ]


def _printable(lot: LotView) -> list[Label]:
    """The labels in the reader's language, or in English where the typeface of the PDF lacks its letters."""
    made = _labels(lot)
    if all(can_print(line) for label in made[:1] for line in label.lines):
        return made
    with force_locale("en"):
        return _labels(lot)


@blueprint.post("/milk/<public_id>/put")
@requires(KEEP)
def put(public_id: str) -> ResponseReturnValue:
    """Say where it is kept now."""
    lot = _lot(public_id)
    form = PutForm(lot.kept)
    if not form.validate():
        return _page(lot, 422, put_form=form)
    return _act(lot, lambda: services.put(member(), public_id, Kept(form.kept.data), now=utcnow()))


@blueprint.post("/milk/<public_id>/discard")
@requires(KEEP)
def discard(public_id: str) -> ResponseReturnValue:
    """Say that bags were poured away."""
    lot = _lot(public_id)
    taken = _taken(lot)
    return _act(lot, lambda: services.discard(member(), public_id, taken, now=utcnow()), asked="discard")


@blueprint.post("/milk/<public_id>/thaw")
@requires(KEEP)
def thaw(public_id: str) -> ResponseReturnValue:
    """Say that bags have thawed."""
    lot = _lot(public_id)
    taken = _taken(lot)
    return _act(lot, lambda: services.thaw(member(), public_id, taken, now=utcnow()), asked="thaw")


def _act(lot: LotView, use_case: Callable[[], str | None], asked: str = "") -> ResponseReturnValue:
    """Do it and show where it led; what stands against it is said on the page, and what was typed is kept."""
    try:
        led_to = use_case()
    except Invalid as error:
        return _page(lot, 422, asked=asked, reasons=error.fields, typed=request.form)
    except Conflict as error:
        return _page(_lot(lot.public_id), 409, problem=_(error.message), asked=asked, typed=request.form)
    return redirect(url_for("milk.show", public_id=led_to or lot.public_id))


def _page(
    lot: LotView,
    status: int = 200,
    *,
    problem: str | None = None,
    asked: str = "",
    reasons: Mapping[str, list[str]] | None = None,
    typed: Mapping[str, str] | None = None,
    put_form: PutForm | None = None,
) -> ResponseReturnValue:
    may_move = lot.thawed_on is None and bool(MOVES.following[lot.kept]) and lot.days_left >= 0
    page = render_template(
        "milk/show.html",
        lot=lot,
        life=queries.life_of(member(), lot.public_id, today=lot.today),
        held=queries.held_lot(member(), lot),
        put_form=(put_form or PutForm(lot.kept, formdata=None)) if may_move else None,
        problem=problem,
        asked=asked,
        reasons=[_(each) for each in (reasons or {}).get("bags", [])],
        typed=typed or {},
    )
    return page, status


def _lot(public_id: str) -> LotView:
    return queries.lot_for(member(), public_id, today=_today())


def _taken(lot: LotView) -> dict[int, int]:
    return bags_taken(request.form, [bags.size_ml for bags in lot.bags])


def _today() -> date:
    return services.today_of(member().person_id, utcnow())
