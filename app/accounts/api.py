"""The JSON face of accounts: one's own account, one's tokens, and the places a text may mean."""

from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import available_timezones

from flask import Response, g
from pydantic import Field

from app.accounts import queries, services
from app.accounts.permissions import CHANGE_OWN_ACCOUNT, MANAGE_OWN_TOKENS, SEE_OWN_ACCOUNT
from app.accounts.queries import PersonView, TokenView
from app.accounts.rules.drafts import PreferencesDraft
from app.accounts.rules.names import MAX_NAME
from app.accounts.rules.tokens import LONGEST_NAME, MOST_DAYS, USUAL_DAYS
from app.infra.areas.storage import load_catalogue
from app.infra.clock import utcnow
from app.infra.gazetteer import find_places, without_fine_numbers
from app.kernel.errors import Invalid
from app.kernel.words import N_
from app.web.access import requires
from app.web.api import PREFIX, Answered, Asked, Changes, Page, PageQuery, api_blueprint, api_limited, created, page_of
from app.web.login import member

blueprint = api_blueprint("accounts", __name__, tag="Account")
_NO_ZONE = N_("This is no IANA name of a time zone, such as America/Chicago.")


class AreaOut(Answered):
    """A published area: the only form in which a place is known here."""

    id: Annotated[int, Field(examples=[4321])]
    name: Annotated[str, Field(examples=["Fitchburg, WI"])]


class MeOut(Answered):
    """One's own account. ``trust`` is 0 for a newcomer, then 1 and 2."""

    id: Annotated[str, Field(examples=["Zk0b3pSf1n6q8WJm2Yc4Vg"])]
    display_name: str
    area: AreaOut | None
    volume_unit: Literal["oz", "ml"]
    distance_unit: Literal["mi", "km"]
    timezone: Annotated[str, Field(examples=["America/Chicago"])]
    locale: Annotated[str, Field(examples=["en"])]
    trust: Literal[0, 1, 2]
    created_at: datetime


class MeChanges(Changes):
    """What is to change; what is left out stays."""

    display_name: Annotated[str, Field(max_length=4 * MAX_NAME, examples=["Ana"])] = ""
    volume_unit: Literal["oz", "ml"] = "oz"
    distance_unit: Literal["mi", "km"] = "mi"
    timezone: Annotated[str, Field(max_length=40, examples=["America/Chicago"])] = "UTC"
    locale: Literal["en"] = "en"


class TokenIn(Asked):
    """A new token. It ends with the token it is made with, at its end or when that one is revoked."""

    name: Annotated[str, Field(max_length=4 * LONGEST_NAME, examples=["spreadsheet"])]
    days: Annotated[int, Field(ge=1, le=MOST_DAYS, description="How long it opens doors.")] = USUAL_DAYS


class TokenOut(Answered):
    """A token without its secret. ``last_used_at`` is the hour of the last use."""

    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime


class NewTokenOut(Answered):
    """A token just made. ``token`` is its secret, shown this once; a repeated request gets null."""

    id: str
    name: str
    created_at: datetime
    expires_at: datetime
    token: Annotated[str | None, Field(examples=["mb_…"])]


class TokenPage(Page):
    """One's own tokens that still open doors, newest first."""

    items: list[TokenOut]


class PlaceQuery(Asked):
    """What somebody typed: a post code, a town, a town with its state or country."""

    q: Annotated[str, Field(min_length=1, max_length=120, examples=["Sacramento, CA"])]


class PlaceOut(Answered):
    """A place somebody may mean, and the published area that stands for it."""

    label: Annotated[str, Field(examples=["Sacramento, CA, United States"])]
    area: AreaOut


class PlacesOut(Answered):
    """Places of exactly this name (``exact``), or else places it may have been meant for."""

    exact: bool
    items: list[PlaceOut]


@blueprint.get("/me")
@requires(SEE_OWN_ACCOUNT)
@blueprint.output(MeOut)
@api_limited()
def me() -> MeOut:
    """One's own account."""
    return _me(queries.person(member().person_id))


@blueprint.patch("/me")
@requires(CHANGE_OWN_ACCOUNT)
@blueprint.input(MeChanges)
@blueprint.output(MeOut)
@api_limited("60/hour")
def change_me(json_data: MeChanges) -> MeOut:
    """Change one's name, units, time zone or language."""
    actor = member()
    now = queries.person(actor.person_id)
    given = json_data.model_dump(include=json_data.model_fields_set)
    if given.get("timezone", now.timezone) not in available_timezones():
        raise Invalid({"timezone": [_NO_ZONE]})
    kept = {name: getattr(now, name) for name in MeChanges.model_fields}
    services.save_preferences(actor, PreferencesDraft(**(kept | given)))
    return _me(queries.person(actor.person_id))


def _me(person: PersonView) -> MeOut:
    catalogue = load_catalogue()
    known = person.area_id is not None and person.area_id in catalogue
    area = catalogue.area(person.area_id) if known and person.area_id is not None else None
    same = {name: getattr(person, name) for name in MeOut.model_fields if hasattr(person, name)}
    place = AreaOut(id=area.id, name=area.name) if area else None
    return MeOut.model_validate({**same, "id": person.public_id, "area": place})


@blueprint.get("/tokens")
@requires(MANAGE_OWN_TOKENS)
@blueprint.input(PageQuery, location="query")
@blueprint.output(TokenPage)
@api_limited()
def tokens(query_data: PageQuery) -> TokenPage:
    """One's own tokens that still open doors."""
    part, following = page_of(queries.own_tokens(member(), now=utcnow()), query_data, lambda each: each.public_id)
    return TokenPage(items=[_token(each) for each in part], next=following)


def _token(token: TokenView) -> TokenOut:
    return TokenOut(
        id=token.public_id, name=token.name, created_at=token.created_at, last_used_at=token.last_used_at,
        expires_at=token.expires_at,
    )  # fmt: skip


@blueprint.post("/tokens")
@requires(MANAGE_OWN_TOKENS)
@blueprint.input(TokenIn)
@blueprint.output(NewTokenOut, status_code=201)
@api_limited("20/hour")
def make_token(json_data: TokenIn) -> Response:
    """Make a further token; its secret is in this answer and nowhere else."""

    def make() -> NewTokenOut:
        made = services.make_token(
            member(), json_data.name, days=json_data.days, made_with=g.api_token.public_id, now=utcnow()
        )
        return NewTokenOut(
            id=made.public_id, name=made.name, created_at=made.created_at, expires_at=made.expires_at,
            token=made.secret,
        )  # fmt: skip

    return created(make, lambda _made: f"{PREFIX}/tokens", keep=lambda made: made.model_copy(update={"token": None}))


@blueprint.delete("/tokens/<public_id>")
@requires(MANAGE_OWN_TOKENS)
@blueprint.output({}, status_code=204)
@api_limited("60/hour")
def revoke_token(public_id: str) -> str:
    """Revoke one of one's own tokens, also the one this is called with, and every token that was made with it."""
    services.revoke_token(member(), public_id, now=utcnow())
    return ""


@blueprint.get("/places")
@requires(SEE_OWN_ACCOUNT)
@blueprint.input(PlaceQuery, location="query")
@blueprint.output(PlacesOut)
@api_limited("60/minute")
def places(query_data: PlaceQuery) -> PlacesOut:
    """The places a text may mean, as published areas; nothing is kept."""
    found = find_places(without_fine_numbers(query_data.q))
    return PlacesOut(
        exact=bool(found.exact),
        items=[
            PlaceOut(label=each.label, area=AreaOut(id=each.area, name=each.area_name))
            for each in found.exact or found.suggestions
        ],
    )
