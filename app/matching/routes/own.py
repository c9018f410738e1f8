"""What stands before one's own post: a family's page, a donor's desk."""

from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.infra.clock import utcnow
from app.kernel.access import Identity
from app.kernel.errors import Conflict
from app.matching import queries, services
from app.matching.forms import NarrowForm
from app.matching.permissions import SEE_MATCHES, SEE_PAIR
from app.matching.queries import FamilyPage, MatchList, Narrowing
from app.matching.routes.blueprint import blueprint
from app.matching.routes.wording import card_words, picture
from app.posts.queries import PostView, own_post, own_posts
from app.web.access import requires
from app.web.limits import limited
from app.web.login import member
from app.web.maps import Picture
from app.web.templating import reader

_LOOKING = "looking"
_NEWS = "match-news"
"""Pieces of the page that ask again by themselves: until something is chosen, and whether something is new."""


@blueprint.get("/matches/<public_id>")
@requires(SEE_MATCHES)
def matches(public_id: str) -> ResponseReturnValue:
    """What was chosen for one's own post and all that is within reach; with ``show=all`` a donor's whole list too."""
    actor, now = member(), utcnow()
    own = own_post(actor, public_id)
    if own.kind == "offer" and not _asked_for_all():
        desk = queries.desk_of_offer(actor, public_id, now=now)
        return render_template("matching/desk.html", desk=desk, words=card_words())
    chosen = queries.page_of_request(actor, public_id, now=now) if own.kind == "request" else None
    looking = chosen is not None and not chosen.shown and chosen.looking
    asks_by_itself = request.headers.get("HX-Trigger")
    if chosen is not None and (
        (looking and asks_by_itself == _LOOKING) or (not chosen.new and asks_by_itself == _NEWS)
    ):
        return "", 204
    if chosen is not None and chosen.new:
        services.mark_seen(actor, public_id, now=now)
    return _page(actor, own, chosen, looking=looking, now=now)


def _asked_for_all() -> bool:
    return request.args.get("show") == "all"


def _page(
    actor: Identity, own: PostView, chosen: FamilyPage | None, *, looking: bool, now: datetime
) -> ResponseReturnValue:
    form = NarrowForm(request.args, kind=own.kind, reader=reader())
    sound = form.validate()
    narrowing = form.narrowing(today=now.date()) if sound else Narrowing()
    reach = queries.matches_for(actor, own.public_id, narrowing=narrowing, now=now) if _listed(own) else None
    page = render_template(
        "matching/matches.html",
        own=own,
        side="donor" if own.kind == "offer" else "family",
        chosen=chosen,
        chosen_ids=[match.card.public_id for match in chosen.shown] if chosen is not None else [],
        proposed=chosen is not None and chosen.proposed,
        looking=looking,
        form=form,
        reach=reach,
        picture=_picture(own, reach),
        plain_url=url_for("matching.matches", public_id=own.public_id, show=request.args.get("show")),
        words=card_words(),
    )
    return page, (200 if sound else 422)


def _listed(own: PostView) -> bool:
    """A family whose baby was early or is ill sees the list when it asks for it."""
    return own.request is None or own.request.term_and_healthy != "no" or _asked_for_all()


def _picture(own: PostView, reach: MatchList | None) -> Picture | None:
    other = "request" if own.kind == "offer" else "offer"
    return picture(reach.points, other, own) if reach is not None else None


@blueprint.post("/matches/pair/<offer_public_id>/<request_public_id>/pass")
@requires(SEE_PAIR)
@limited("60/hour")
def pass_on(offer_public_id: str, request_public_id: str) -> ResponseReturnValue:
    """Not for us: never asked why, never shown again, and nobody is told; back to one's own page."""
    actor = member()
    try:
        services.pass_on(actor, offer_public_id, request_public_id, now=utcnow())
    except Conflict as error:
        flash(_(error.message), "error")
    else:
        flash(_("It will not be shown again. Nobody is told."), "success")
    mine = {post.public_id for post in own_posts(actor)} & {offer_public_id, request_public_id}
    return redirect(url_for("matching.matches", public_id=mine.pop()))
