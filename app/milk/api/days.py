"""
The operations on the days a donor keeps back: hers alone, as on her pages.

They are kept under an agreement whose words stand on the site; a program shows none, so it cannot give it.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from flask import Response

from app.infra.clock import utcnow
from app.kernel.errors import Conflict, Invalid
from app.kernel.words import N_
from app.milk import queries, services
from app.milk.api.day_models import DaysIn, DaysMade, DaysOut, DaysPage
from app.milk.api.lots import blueprint, today
from app.milk.permissions import KEEP_DAYS, LIST_DAYS
from app.milk.queries import DaysView
from app.milk.rules.deferrals import DeferralDraft, Kind
from app.milk.services.deferring import AGREE_FIELD
from app.web.access import requires
from app.web.api import PageQuery, api_limited, created_in, page_of
from app.web.login import member

Found = TypeVar("Found")
NOT_AGREED: Final = N_("These days are about your health and kept only if you agree. Please agree on the site first.")


@blueprint.get("/days")
@requires(LIST_DAYS)
@blueprint.input(PageQuery, location="query")
@blueprint.output(DaysPage)
@api_limited("120/minute")
def days(query_data: PageQuery) -> DaysPage:
    """The days one keeps back oneself, the newest first; nobody else ever sees them."""
    found = queries.days_of(member(), today=today())
    part, following = page_of(found, query_data, lambda each: each.public_id)
    return DaysPage(items=[_out(each) for each in part], next=following)


@blueprint.post("/days")
@requires(LIST_DAYS)
@blueprint.input(DaysIn)
@blueprint.output(DaysMade, status_code=201)
@api_limited("120/hour")
def keep_days(json_data: DaysIn) -> Response:
    """Keep milk of these days back from now on; 409 ``not_agreed`` while one has not agreed to it on the site."""
    return _made(lambda: services.keep_days_back(member(), _draft(json_data), now=utcnow()))


@blueprint.get("/days/<public_id>")
@requires(KEEP_DAYS)
@blueprint.output(DaysOut)
@api_limited()
def one_of_the_days(public_id: str) -> DaysOut:
    """An entry of one's own."""
    return _as_it_stands(public_id)


@blueprint.put("/days/<public_id>")
@requires(KEEP_DAYS)
@blueprint.input(DaysIn)
@blueprint.output(DaysOut)
@api_limited("120/hour")
def change_days(public_id: str, json_data: DaysIn) -> DaysOut:
    """Say it anew; lots that are no longer touched stay kept back until one says otherwise on the site."""
    _agreed(lambda: services.change_days(member(), public_id, _draft(json_data), now=utcnow()))
    return _as_it_stands(public_id)


@blueprint.post("/days/<public_id>/end")
@requires(KEEP_DAYS)
@blueprint.output(DaysOut)
@api_limited("120/hour")
def end_days(public_id: str) -> DaysOut:
    """Say that today is the last day of what still goes on; twice is once."""
    services.end_today(member(), public_id, now=utcnow())
    return _as_it_stands(public_id)


@blueprint.post("/days/<public_id>/again")
@requires(KEEP_DAYS)
@blueprint.output(DaysMade, status_code=201)
@api_limited("120/hour")
def again_today(public_id: str) -> Response:
    """Say that the same was so today; the answer names the entry that holds today."""
    return _made(lambda: services.again_today(member(), public_id, now=utcnow()))


@blueprint.delete("/days/<public_id>")
@requires(KEEP_DAYS)
@blueprint.output({}, status_code=204)
@api_limited("120/hour")
def delete_days(public_id: str) -> str:
    """Forget an entry. The lots it kept back stay kept back, and nothing tells any more for which days."""
    services.delete_days(member(), public_id, now=utcnow())
    return ""


def _made(use_case: Callable[[], str]) -> Response:
    return created_in("days", lambda: DaysMade(id=_agreed(use_case)))


def _agreed(use_case: Callable[[], Found]) -> Found:
    """What a use-case returns; that she has not agreed is no fault of the body."""
    try:
        return use_case()
    except Invalid as error:
        if set(error.fields) == {AGREE_FIELD}:
            raise Conflict(NOT_AGREED, code="not_agreed") from None
        raise Invalid({name: said for name, said in error.fields.items() if name != AGREE_FIELD}) from None


def _draft(sent: DaysIn) -> DeferralDraft:
    return DeferralDraft(Kind(sent.kind), sent.first, sent.last, goes_on=sent.last is None)


def _as_it_stands(public_id: str) -> DaysOut:
    return _out(queries.days_for(member(), public_id, today=today()))


def _out(found: DaysView) -> DaysOut:
    return DaysOut(
        id=found.public_id, kind=found.kind, first=found.days.first, last=found.days.last, goes_on=found.goes_on
    )
