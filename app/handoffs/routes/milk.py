"""The door behind "Milk" in the bars, to what is of most use to somebody, and the links between pages about milk."""

from typing import Final

from flask import redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.handoffs import queries
from app.handoffs.permissions import LIST
from app.handoffs.routes.blueprint import blueprint
from app.handoffs.rules.states import Side
from app.kernel.words import N_
from app.web.access import requires
from app.web.login import member
from app.web.navigation import link

_PLACES: Final = (
    ("milk.mine", N_("Your lots"), Side.DONOR),
    ("milk.days", N_("Days kept back"), Side.DONOR),
    ("handoffs.received", N_("Received"), Side.FAMILY),
    ("handoffs.mine", N_("Handoffs"), None),
)
"""Each page, its name, and whose it is (None: both sides')."""


def _places() -> list[tuple[str, str, str]]:
    """The pages of use to the member, as endpoint, name and address; all of them while she stands on neither side."""
    sides = queries.sides_of(member())
    meant = [(page, name) for page, name, side in _PLACES if side is None or not sides or side in sides]
    return [(page, str(_(name)), address) for page, name in meant if (address := link(page))]


@blueprint.get("/milk/here")
@requires(LIST)
def milk() -> ResponseReturnValue:
    """To the page about milk that is of most use: a donor's lots before what a family received."""
    return redirect(_places()[0][2])


@blueprint.app_template_global("milk_places")
def milk_places() -> list[tuple[str, str, bool]]:
    """For the links on top of pages about milk: name, address, and whether it is the page being shown."""
    return [(name, address, page == request.endpoint) for page, name, address in _places()]
