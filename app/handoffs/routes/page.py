"""The page of a handoff, drawn by every view that changes something in it."""

from collections.abc import Callable
from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from app.handoffs import queries
from app.handoffs.forms import (
    CancelForm,
    CodeForm,
    ConfirmForm,
    DelegateForm,
    GivenForm,
    LotForm,
    MissedForm,
    PlaceForm,
)
from app.handoffs.queries import HandoffView, LotsView
from app.handoffs.routes.blueprint import blueprint
from app.handoffs.routes.cold_chain import cold_parts
from app.handoffs.routes.ground import chosen_place, ground_parts
from app.handoffs.rules.balance import MilkTaken
from app.handoffs.rules.checklist import ARRIVAL, Moment, lines_for
from app.handoffs.rules.meeting import LATE_MINUTES
from app.infra.clock import utcnow
from app.kernel.errors import Conflict
from app.kernel.quantities import Millilitres, ounces
from app.milk.rules.choosing import held_by
from app.web.login import member
from app.web.templating import reader, volume

LONGEST_GUESS: Final = 30
"""So much of a code in an address is put into the form."""


def in_unit(amount: Millilitres, unit: str) -> float:
    """An amount as a form shows it first: whole ounces, or millilitres."""
    return round(ounces(amount)) if unit == "oz" else amount


@blueprint.app_template_filter("handoff_qr")
def qr_of(view: HandoffView) -> Markup:
    """The reader's own code as a picture: scanned by the other's phone, it opens the page with the code typed in."""
    import segno

    address = url_for("handoffs.show", public_id=view.public_id, code=view.mine.code, _anchor="cooler", _external=True)
    picture = segno.make(address, micro=False).svg_inline(scale=4, light="white", omitsize=True)
    return Markup(picture)  # noqa: S704 - made by the library of an address of ours.


def _milk_parts(view: HandoffView, lots: LotsView) -> dict[str, Any]:
    """The lots of the handoff, and fresh forms that say which milk it is and how much of it was given."""
    unit = reader().volume_unit
    meant = in_unit(view.my_amount or view.other_amount or held_by(lots.chosen) or view.volume_ml, unit)
    form = ConfirmForm if lots.is_family else GivenForm
    return {
        "confirm_form": form(None, amount=meant, unit=unit, condition=view.condition or ""),
        "lots": lots,
        "lot_form": LotForm(None),
        "bag_reasons": [],
        "typed": {},
        "asked": "",
    }


def handoff_page(
    public_id: str, status: int = 200, problem: str | None = None, **more: Any  # noqa: ANN401 - forms, and what stands at their fields.
) -> ResponseReturnValue:  # fmt: skip
    """The page as it stands for the reader, with the forms that were sent in place of fresh ones."""
    view = queries.handoff_for(member(), public_id, now=utcnow())
    where = ground_parts(view.conversation_public_id, view.side)
    lots = queries.lots_for(member(), public_id)
    cold = cold_parts(view, where["ground"], lots)
    fresh: dict[str, Any] = {
        "place_form": PlaceForm(None, place=chosen_place(where["ground"]) or view.place_note),
        "cancel_form": CancelForm(None),
        "code_form": CodeForm(None, code=request.args.get("code", "")[:LONGEST_GUESS]),
        "missed_form": MissedForm(None),
        "delegate_form": DelegateForm(None, name=view.mine.delegate_name),
    }
    page = render_template(
        "handoffs/show.html",
        handoff=view,
        problem=problem,
        late_minutes=LATE_MINUTES,
        checklist=[(moment, lines_for(moment)) for moment in Moment],
        arrival=ARRIVAL.get(view.condition) if view.condition else None,
        absence=queries.absence_of(member(), public_id, now=utcnow()),
        excuse=queries.excuse_of(member(), public_id, now=utcnow()),
        after_all=queries.after_all_of(member(), public_id, now=utcnow()),
        elsewhere=queries.promised_elsewhere(member(), public_id),
        now=utcnow(),
        **(where | cold | _milk_parts(view, lots) | fresh | more),
    )
    return page, 422 if cold["cold_form"].errors else status


def act(public_id: str, use_case: Callable[[], None]) -> ResponseReturnValue:
    """Do it and come back to the page; when the world moved on, the page says how it stands now."""
    try:
        use_case()
    except MilkTaken as error:
        words_now = _("Another family has that milk now. Still free: %(volume)s.", volume=volume(error.free_ml))
        return handoff_page(public_id, 409, words_now)
    except Conflict as error:
        return handoff_page(public_id, 409, _(error.message))
    return redirect(url_for("handoffs.show", public_id=public_id))
