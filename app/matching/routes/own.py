"""What stands before one's own post: a family's page, a donor's desk."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.infra.clock import utcnow
from app.kernel.access import Identity
from app.matching import queries
from app.matching.forms import NarrowForm
from app.matching.permissions import SEE_MATCHES
from app.matching.queries import MatchList, Narrowing
from app.matching.routes.blueprint import blueprint
from app.matching.routes.wording import card_words, picture
from app.posts.queries import PostView, own_post
from app.web.access import requires
from app.web.login import member
from app.web.templating import reader


@blueprint.get("/matches/<public_id>")
@requires(SEE_MATCHES)
def matches(public_id: str) -> ResponseReturnValue:
    """What was chosen for one's own post and all that is within reach; with ``show=all`` a donor's whole list too."""
    actor = member()
    own = own_post(actor, public_id)
    if own.kind == "offer" and request.args.get("show") != "all":
        line = queries.interests_for_offer(actor, public_id, now=utcnow())
        return render_template("matching/desk.html", line=line, words=card_words())
    return _page(actor, own)


def _page(actor: Identity, own: PostView) -> ResponseReturnValue:
    form = NarrowForm(request.args, kind=own.kind, reader=reader())
    sound = form.validate()
    now = utcnow()
    narrowing = form.narrowing(today=now.date()) if sound else Narrowing()
    reach = queries.matches_for(actor, own.public_id, narrowing=narrowing, now=now) if _listed(own) else None
    page = render_template(
        "matching/matches.html",
        own=own,
        side="donor" if own.kind == "offer" else "family",
        form=form,
        reach=reach,
        picture=_picture(own, reach),
        plain_url=url_for("matching.matches", public_id=own.public_id, show=request.args.get("show")),
        words=card_words(),
    )
    return page, (200 if sound else 422)


def _listed(own: PostView) -> bool:
    """A family whose baby was early or is ill sees the list when it asks for it."""
    return own.request is None or own.request.term_and_healthy != "no" or request.args.get("show") == "all"


def _picture(own: PostView, reach: MatchList | None) -> object:
    other = "request" if own.kind == "offer" else "offer"
    return picture(reach.points, other, own) if reach is not None else None
