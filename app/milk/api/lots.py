"""The operations on a donor's own lots: list, read with its life, make, move, and what became of bags."""

from collections.abc import Callable
from datetime import date

from flask import Response

from app.infra.clock import utcnow
from app.milk import queries, services
from app.milk.api.answers import detail_out, draft_of, lot_out, place, taken_of
from app.milk.api.models import LotDetail, LotIn, LotMade, LotPage, MoveIn, TakenIn
from app.milk.permissions import KEEP, LIST
from app.milk.rules.codes import shown
from app.milk.rules.keeping import Kept
from app.web.access import requires
from app.web.api import PageQuery, api_blueprint, api_limited, at_places, created_in, page_of
from app.web.login import member

blueprint = api_blueprint("milk", __name__, tag="Lots")


@blueprint.get("/lots")
@requires(LIST)
@blueprint.input(PageQuery, location="query")
@blueprint.output(LotPage)
@api_limited("120/minute")
def lots(query_data: PageQuery) -> LotPage:
    """One's own lots, the oldest milk first, also those of which nothing is left."""
    found = queries.lots_of(member(), today=today())
    part, following = page_of(found, query_data, lambda lot: lot.public_id)
    return LotPage(items=[lot_out(each) for each in part], next=following)


@blueprint.post("/lots")
@requires(LIST)
@blueprint.input(LotIn)
@blueprint.output(LotMade, status_code=201)
@api_limited("120/hour")
def make(json_data: LotIn) -> Response:
    """Write down a new lot; its code goes on each bag."""
    return _made(lambda: services.make_lot(member(), draft_of(json_data), now=utcnow()))


@blueprint.get("/lots/<public_id>")
@requires(KEEP)
@blueprint.output(LotDetail)
@api_limited()
def lot(public_id: str) -> LotDetail:
    """A lot of one's own: how long it keeps, its bags, and everything that happened to it."""
    return _as_it_stands(public_id)


@blueprint.post("/lots/<public_id>/move")
@requires(KEEP)
@blueprint.input(MoveIn)
@blueprint.output(LotDetail)
@api_limited("120/hour")
def move(public_id: str, json_data: MoveIn) -> LotDetail:
    """Say where it is kept now; milk only gets colder, or goes from one freezer to another."""
    services.put(member(), public_id, Kept(json_data.kept), now=utcnow())
    return _as_it_stands(public_id)


@blueprint.post("/lots/<public_id>/thaw")
@requires(KEEP)
@blueprint.input(TakenIn)
@blueprint.output(LotMade, status_code=201)
@api_limited("120/hour")
def thaw(public_id: str, json_data: TakenIn) -> Response:
    """Say that bags have thawed: they become a lot of their own, unless they are all of it."""
    return _made(lambda: services.thaw(member(), public_id, taken_of(json_data.bags), now=utcnow()))


@blueprint.post("/lots/<public_id>/split")
@requires(KEEP)
@blueprint.input(TakenIn)
@blueprint.output(LotMade, status_code=201)
@api_limited("120/hour")
def split(public_id: str, json_data: TakenIn) -> Response:
    """Make a lot of its own of some bags; everything else it says is as before."""
    return _made(lambda: services.split_off(member(), public_id, taken_of(json_data.bags), now=utcnow()))


@blueprint.post("/lots/<public_id>/discard")
@requires(KEEP)
@blueprint.input(TakenIn)
@blueprint.output(LotMade, status_code=201)
@api_limited("120/hour")
def discard(public_id: str, json_data: TakenIn) -> Response:
    """Say that bags were poured away; the answer names the lot they were of."""

    def pour_away() -> str:
        services.discard(member(), public_id, taken_of(json_data.bags), now=utcnow())
        return public_id

    return _made(pour_away)


def _made(use_case: Callable[[], str]) -> Response:
    """Do it once under its key, and name the lot in which the bags are now."""

    def act() -> LotMade:
        public_id = at_places(use_case, place)
        return LotMade(id=public_id, code=shown(queries.lot_for(member(), public_id, today=today()).code))

    return created_in("lots", act)


def _as_it_stands(public_id: str) -> LotDetail:
    found = queries.life_of(member(), public_id, today=today())
    return detail_out(found, queries.timeline(found.lot))


def today() -> date:
    """The donor's own day."""
    return services.today_of(member().person_id, utcnow())
