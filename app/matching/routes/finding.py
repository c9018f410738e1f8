"""Search nearby, also without a post of one's own."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts import queries as people
from app.geo.areas import AreaId
from app.infra.areas.storage import load_catalogue
from app.infra.clock import utcnow
from app.kernel.access import Identity
from app.matching import queries
from app.matching.forms import SearchForm
from app.matching.permissions import SEARCH
from app.matching.queries import Found
from app.matching.routes.blueprint import blueprint
from app.matching.routes.wording import card_words, picture
from app.posts.queries import live_posts_of
from app.web.access import requires
from app.web.limits import limited
from app.web.login import member
from app.web.templating import reader


@blueprint.get("/search")
@requires(SEARCH)
@limited("120/minute")
def search() -> ResponseReturnValue:
    """Search nearby, also before one has posted; the address holds the whole search."""
    actor = member()
    own = people.person(actor.person_id).area_id
    form = SearchForm(request.args, unit=reader().distance_unit, kind=_usual_kind(actor))
    sound = form.validate()
    area = (form.chosen() or own) if sound else None
    found = _search(actor, form, area) if area is not None else None
    page = render_template(
        "matching/search.html",
        form=form,
        found=found,
        where=load_catalogue().area(area).name if area is not None else None,
        own=own,
        pair_with=_pair_with(actor, form.kind.data),
        picture=picture(found.points, form.kind.data) if found is not None else None,
        page_url=_page_url,
        words=card_words(),
    )
    return page, (200 if sound else 422)


def _usual_kind(actor: Identity) -> str:
    """Donors look for families, everybody else for milk."""
    return "request" if live_posts_of(actor.person_id, "offer") else "offer"


def _search(actor: Identity, form: SearchForm, area: AreaId) -> Found:
    return queries.search_nearby(
        actor,
        area,
        form.kilometres(),
        form.kind.data,
        wishes=form.wishes() if form.kind.data == "offer" else (),
        only_open=form.free.data,
        page=request.args.get("page", 1, int),
        now=utcnow(),
    )


def _pair_with(actor: Identity, kind: str) -> str | None:
    """The public id of one's own newest live post of the other kind, with which a pair page can be opened."""
    mine = live_posts_of(actor.person_id, "request" if kind == "offer" else "offer")
    return mine[0].public_id if mine else None


def _page_url(page: int) -> str:
    typed = {name: request.args.getlist(name) for name in request.args if name != "page"}
    return url_for("matching.search", **typed, page=page)  # type: ignore[arg-type]  # lists become repeated names.
