"""The time budget of the cold chain on a handoff's page: what was typed in the address, and the answer in words."""

from typing import Any, Final

from flask import request
from flask_babel import gettext as _
from flask_babel import ngettext

from app.handoffs.forms.cold_chain import ColdForm
from app.handoffs.queries import HandoffView, LotsView
from app.handoffs.queries.ground import Ground
from app.handoffs.routes.blueprint import blueprint
from app.handoffs.rules.cold_chain import DRY_ICE_LINES, Advice, Answer, Basis, Packing, answer_for, packed_as
from app.kernel.quantities import Millilitres, ounces
from app.kernel.words import N_
from app.web.templating import reader

GUESS: Final = 30
"""Minutes a form begins with where the areas are not known."""

BASES: Final = {
    Basis.CDC_COOLER: N_("That is what the CDC gives for milk in an insulated cooler with frozen ice packs."),
    Basis.CDC_ROOM: N_(
        "That is what the CDC gives for freshly pumped milk at up to 25 °C (77 °F). It counts from pumping, not from "
        "leaving."
    ),
    Basis.ESTIMATE_ICE: N_(
        "That is our own cautious estimate of how long frozen milk stays frozen in a soft cooler bag with one small "
        "frozen pack, at %(heat)s around it. More packs and a hard cooler last longer."
    ),
    Basis.ESTIMATE_DRY_ICE: N_(
        "That is our own cautious estimate of how long 2.5 kg (5.5 lb) of dry ice lasts in a foam box, at %(heat)s "
        "around it."
    ),
    Basis.NO_FIGURE: N_("For milk that travels like this we know of no time that anybody stands behind."),
}

ADVICE: Final = {
    Advice.ICE: N_("Take it in an insulated cooler with frozen ice packs."),
    Advice.DRY_ICE: N_("Ice packs may not last so long. Dry ice in a foam box could."),
    Advice.DO_NOT: N_("Better not like this: meet nearer, go when it is cooler, or take the milk in a shorter trip."),
}


def cold_parts(view: HandoffView, ground: Ground | None, lots: LotsView) -> dict[str, Any]:
    """
    What ``handoffs/_cold.html`` needs: the form as it was sent or as it begins, and the answer or None.

    It begins with the milk of the named lots; without any, with the handoff's volume, frozen.
    """
    packed = packed_as((line.kept, line.volume_ml) for line in lots.lines)
    meant = Millilitres(sum(line.volume_ml for line in lots.lines)) or view.volume_ml
    bags = sum(count for line in lots.lines for _size, count in line.bags)
    unit, fahrenheit = reader().volume_unit, reader().distance_unit == "mi"
    form = ColdForm(
        request.args if request.method == "GET" else request.args.__class__(),
        kept=packed.value,
        packing=Packing.ICE.value,
        minutes=ground.minutes if ground else GUESS,
        amount=round(ounces(meant)) if unit == "oz" else meant,
        bags=bags or None,
        unit=unit,
        degrees="F" if fahrenheit else "C",
    )
    answer = answer_for(form.trip()) if form.is_sent and form.validate() else None
    return {"cold_form": form, "cold": answer, "dry_ice_lines": DRY_ICE_LINES if _is_about_dry_ice(answer) else ()}


def _is_about_dry_ice(answer: Answer | None) -> bool:
    return answer is not None and (answer.advice is Advice.DRY_ICE or answer.trip.packing is Packing.DRY_ICE)


@blueprint.app_template_filter("duration")
def duration(minutes: int) -> str:
    """Hours and minutes in words."""
    hours, rest = divmod(minutes, 60)
    said = [str(ngettext("%(num)s hour", "%(num)s hours", hours))] if hours else []
    if rest or not hours:
        said.append(str(ngettext("%(num)s minute", "%(num)s minutes", rest)))
    return " ".join(said)


@blueprint.app_template_filter("cold_basis")
def basis_words(answer: Answer) -> str:
    """What the time rests on."""
    return str(_(BASES[answer.budget.basis], heat=_heat(answer.heat_c)))


@blueprint.app_template_filter("cold_advice")
def advice_words(answer: Answer) -> str:
    """How to take the milk."""
    return str(_(ADVICE[answer.advice]))


def _heat(celsius: float) -> str:
    if reader().distance_unit == "mi":
        return str(_("%(n)s °F", n=round(celsius * 9 / 5 + 32)))
    return str(_("%(n)s °C", n=round(celsius)))
