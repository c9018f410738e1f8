"""Who waits at one's own offer, one's own yeses, and the answers."""

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.infra.clock import utcnow
from app.kernel.access import Identity
from app.matching import queries, services
from app.matching.permissions import ANSWER, SEE_MATCHES, TAKE_BACK
from app.matching.routes.blueprint import blueprint
from app.posts.queries import own_post, post
from app.posts.rules import BABY_AGE_BANDS, STORAGE
from app.web.access import requires
from app.web.login import member
from app.web.navigation import link


@blueprint.get("/matches/<public_id>/line")
@requires(SEE_MATCHES)
def interests(public_id: str) -> ResponseReturnValue:
    """The address notices lead to: the donor's desk."""
    return redirect(url_for("matching.matches", public_id=own_post(member(), public_id).public_id))


@blueprint.post("/matches/<public_id>/still-there")
@requires(SEE_MATCHES)
def still_there(public_id: str) -> ResponseReturnValue:
    """There is still milk: the offer goes on."""
    services.still_there(member(), public_id, now=utcnow())
    flash(_("Thank you. Your offer goes on, and families find it."), "success")
    return redirect(url_for("matching.matches", public_id=public_id))


@blueprint.post("/matches/<public_id>/gone")
@requires(SEE_MATCHES)
def gone(public_id: str) -> ResponseReturnValue:
    """There is no more milk: the offer ends, and who waits is told."""
    services.milk_is_gone(member(), public_id, now=utcnow())
    flash(_("Thank you for your milk. Your offer has ended, and whoever waited is told kindly."), "success")
    return redirect(url_for("matching.matches", public_id=public_id))


@blueprint.get("/matches/mine")
@requires(SEE_MATCHES)
def mine() -> ResponseReturnValue:
    """A family's yeses with their places in line, and the invitations it received."""
    words = {"storage": STORAGE, "bands": BABY_AGE_BANDS}
    return render_template("matching/mine.html", mine=queries.my_interests(member(), now=utcnow()), words=words)


@blueprint.post("/interests/<public_id>/accept")
@requires(ANSWER)
def accept(public_id: str) -> ResponseReturnValue:
    """Choose a family, or accept an invitation; on to the conversation."""
    services.accept(member(), public_id, now=utcnow())
    flash(_("It is a yes on both sides. You can talk now."), "success")
    return redirect(link("messaging.of_interest", interest_public_id=public_id) or url_for("matching.mine"))


@blueprint.post("/interests/<public_id>/decline")
@requires(ANSWER)
def decline(public_id: str) -> ResponseReturnValue:
    """Say no kindly."""
    return _back(services.decline, public_id, _("They are told kindly. You need not say why."))


@blueprint.post("/interests/<public_id>/take-back")
@requires(TAKE_BACK)
def take_back(public_id: str) -> ResponseReturnValue:
    """Take back one's own yes or invitation."""
    return _back(services.take_back, public_id, _("Taken back."))


def _back(answer: Callable[..., int], public_id: str, done: str) -> ResponseReturnValue:
    """Answer, and go back to the page the answer was given on: the line for a donor, one's own yeses for a family."""
    actor = member()
    answer(actor, public_id, now=utcnow())
    flash(done, "success")
    return redirect(_home_of(actor, public_id))


def _home_of(actor: Identity, public_id: str) -> str:
    interest = queries.interest_by_public_id(actor, public_id)
    if actor.person_id == interest.family_id:
        return url_for("matching.mine")
    return url_for("matching.matches", public_id=post(interest.offer_id).public_id)
