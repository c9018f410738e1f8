"""The switch that allows others to see when one is here, by form."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.infra.clock import utcnow
from app.messaging import queries, services
from app.messaging.permissions import SEE_CONVERSATIONS
from app.messaging.routes.blueprint import blueprint
from app.web.access import requires
from app.web.login import member


@blueprint.post("/messages/presence")
@requires(SEE_CONVERSATIONS)
def presence() -> ResponseReturnValue:
    """Show others that one is here (``on`` is 1), or hide it."""
    on = request.form.get("on") == "1"
    services.show_presence(member(), on=on, now=utcnow())
    flash(
        _("Others who show it too now see when you are here.") if on else _("Nobody sees when you are here."), "success"
    )
    return redirect(url_for("messaging.inbox"), 303)


@blueprint.app_template_global("shows_presence")
def shows_presence() -> bool:
    """Whether the visitor allows others to see that they are here."""
    return queries.shows_presence(member().person_id)
