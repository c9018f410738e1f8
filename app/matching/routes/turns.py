"""Second in line: the family's answer, the donor's one press to stop it, what there is when the milk is gone."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.infra.clock import utcnow
from app.kernel.errors import Conflict
from app.matching import queries, services
from app.matching.permissions import SEE_MATCHES, TAKE_TURN
from app.matching.queries import TurnView
from app.matching.routes.blueprint import blueprint
from app.matching.routes.wording import card_words
from app.web.access import requires
from app.web.limits import limited
from app.web.login import member
from app.web.navigation import link


@blueprint.post("/matches/turns/<public_id>/take")
@requires(TAKE_TURN)
@limited("60/hour")
def take_turn(public_id: str) -> ResponseReturnValue:
    """The family still wants the milk; on to the conversation."""
    try:
        interest = services.take_turn(member(), public_id, now=utcnow())
    except Conflict as error:
        flash(_(error.message), "error")
        return redirect(url_for("matching.mine"))
    flash(_("It is a yes on both sides. You can talk now."), "success")
    return redirect(link("messaging.of_interest", interest_public_id=interest) or url_for("matching.mine"))


@blueprint.post("/matches/turns/<public_id>/pass")
@requires(TAKE_TURN)
@limited("60/hour")
def pass_turn(public_id: str) -> ResponseReturnValue:
    """The family needs it no more; the next one is asked."""
    try:
        services.pass_turn(member(), public_id, now=utcnow())
    except Conflict as error:
        flash(_(error.message), "error")
    else:
        flash(_("Thank you for saying so. The next family is asked."), "success")
    return redirect(url_for("matching.mine"))


@blueprint.post("/matches/<public_id>/ask-nobody")
@requires(SEE_MATCHES)
@limited("60/hour")
def ask_nobody(public_id: str) -> ResponseReturnValue:
    """The donor asks nobody else by itself."""
    stopped = services.ask_nobody(member(), public_id, now=utcnow())
    if stopped:
        flash(_("Nobody else is asked by itself. You choose whom you like."), "success")
    return redirect(url_for("matching.matches", public_id=public_id))


@blueprint.get("/matches/instead/<public_id>")
@requires(SEE_MATCHES)
def instead(public_id: str) -> ResponseReturnValue:
    """What else there is for a family whose milk went elsewhere."""
    found = queries.instead_of(member(), public_id, now=utcnow())
    return render_template("matching/instead.html", instead=found, words=card_words())


@blueprint.app_template_global("asked_turn")
def _asked_turn(interest_public_id: str) -> TurnView | None:
    return queries.asked_turn(member(), interest_public_id, now=utcnow())


@blueprint.app_template_global("open_turns")
def _open_turns(offer_id: int) -> tuple[TurnView, ...]:
    return queries.open_turns(offer_id)
