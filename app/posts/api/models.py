"""What the API takes and gives of posts. Names and units are those of the drafts: millilitres, kilometres, days."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import Field, RootModel, create_model
from pydantic.fields import FieldInfo

from app.posts.rules import (
    ATTRIBUTES,
    BABY_AGE_BANDS,
    LIPASE,
    PREFERENCES,
    REPLACE_BAGS,
    SOUGHT,
    STORAGE,
    TERM_AND_HEALTHY,
    TRAVEL_KM,
    PostState,
)
from app.posts.rules.attributes import MILK
from app.posts.rules.drafts import FAMILIES_UNLESS_SAID
from app.web.api import Answered, Asked, Changes, Page

LONGEST_TYPED: Final = 8_000
"""Characters of a note that are read at all; the rules refuse one of more than 2,000 with their own words."""


def one_of(values: Iterable[Any], **more: Any) -> Any:  # noqa: ANN401 - what the library's Field is.
    """A field whose values the description lists; the rules refuse another one with their own words."""
    return Field(json_schema_extra={"enum": list(values)}, **more)


_STATED: Final[dict[str, Any]] = {
    "propertyNames": {"enum": [each.key for each in ATTRIBUTES if each.kind != MILK]},
}  # fmt: skip
_WISHED: Final[dict[str, Any]] = {"propertyNames": {"enum": [each.key for each in SOUGHT]}}


class FactIn(Asked):
    """What a donor says of one attribute: she ``avoids`` or ``uses`` it, since when, and how much."""

    state: Annotated[str, one_of(("avoids", "uses", "unknown"), max_length=20)]
    since: date | None = None
    level: Annotated[str | None, Field(max_length=40)] = None


class WishIn(Asked):
    """What a family asks of one attribute: ``must`` or ``prefer``, left out so many days before pumping, at most so
    much.
    """

    strength: Annotated[str, one_of(("must", "prefer"), max_length=20)]
    avoid_days: int | None = None
    level: Annotated[str | None, Field(max_length=40)] = None


class _SharedIn(Asked):
    travel_km: Annotated[float, one_of(TRAVEL_KM, examples=[25])]
    note: Annotated[str, Field(max_length=LONGEST_TYPED, description="Up to 2,000 characters.")] = ""
    replace_bags: Annotated[str, one_of(REPLACE_BAGS, max_length=20)] = "unsaid"
    ends_on: Annotated[date | None, Field(description="The last day; null: 60 days from now.")] = None


class OfferIn(_SharedIn):
    """An offer: ``volume_ml`` when it is given once, ``weekly_ml`` when so much is given each week; not both."""

    kind: Literal["offer"]
    supply: Annotated[str, one_of(("once", "weekly"), max_length=20)]
    volume_ml: Annotated[int | None, Field(examples=[900])] = None
    weekly_ml: int | None = None
    pumped_from: Annotated[date | None, Field(examples=["2026-10-01"])] = None
    pumped_to: date | None = None
    storage: Annotated[str, one_of(STORAGE, max_length=40)]
    lipase: Annotated[str, one_of(LIPASE, max_length=40)] = "unknown"
    baby_age_months: int | None = None
    max_families: int = FAMILIES_UNLESS_SAID
    smallest_handoff_ml: int | None = None
    after_loss: bool = False
    preference: Annotated[
        str, one_of(PREFERENCES, max_length=40, description="How your own list is ordered; shown to nobody else.")
    ] = "none"
    facts: Annotated[
        dict[str, FactIn],
        Field(examples=[{"dairy": {"state": "avoids", "since": "2026-08-01"}}]),
        Field(json_schema_extra=_STATED),
    ] = {}  # noqa: RUF012 - pydantic copies a default.


class RequestIn(_SharedIn):
    """A request: so much a day, for so many days, with so much still in store.

    ``bank_first`` says that the words about milk banks were shown; it is needed when the baby was born early or is ill.
    """

    kind: Literal["request"]
    need_ml_per_day: Annotated[int, Field(examples=[600])]
    days: Annotated[int, Field(examples=[30])]
    stock_ml: int = 0
    baby_age_band: Annotated[str, one_of(BABY_AGE_BANDS, max_length=20)]
    term_and_healthy: Annotated[str, one_of(TERM_AND_HEALTHY, max_length=20)] = "unsaid"
    bank_first: bool = False
    immediate_allergy: bool = False
    accepts_asks: bool = True
    wishes: Annotated[
        dict[str, WishIn],
        Field(examples=[{"dairy": {"strength": "must", "avoid_days": 14}}]),
        Field(json_schema_extra=_WISHED),
    ] = {}  # noqa: RUF012 - pydantic copies a default.


class PostIn(RootModel[Annotated[OfferIn | RequestIn, Field(discriminator="kind")]]):
    """An offer or a request, told apart by ``kind``."""


def _optional(field: FieldInfo) -> tuple[Any, Any]:
    annotation: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    return annotation, Field(default=None, json_schema_extra=field.json_schema_extra)


_FIELDS: Final[dict[str, Any]] = {
    name: _optional(field)
    for kind in (OfferIn, RequestIn)
    for name, field in kind.model_fields.items()
    if name != "kind"
}
PostChanges: Final = create_model(
    "PostChanges",
    __base__=Changes,
    __doc__="What is to change, and the ``version`` that was read; what is left out stays. Facts and wishes are "
    "replaced as a whole.",
    version=(
        int | None,
        Field(
            default=None, description="The post's `version` as it was read; needed without `If-Match`.", examples=[1]
        ),
    ),
    **_FIELDS,
)


class AreaOut(Answered):
    """A published area: the only form in which a place is known here."""

    id: int
    name: Annotated[str, Field(examples=["Fitchburg, WI"])]


class FactOut(Answered):
    """What a donor reports of one attribute."""

    state: Annotated[str, one_of(("avoids", "uses", "unknown"))]
    since: date | None
    level: str | None


class WishOut(Answered):
    """What a family asks of one attribute."""

    strength: Annotated[str, one_of(("must", "prefer"))]
    avoid_days: int | None
    level: str | None


class OfferOut(Answered):
    """The milk of an offer as its donor states it."""

    supply: Annotated[str, one_of(("once", "weekly"))]
    volume_ml: int | None
    weekly_ml: int | None
    pumped_from: date | None
    pumped_to: date | None
    storage: Annotated[str, one_of(STORAGE)]
    lipase: Annotated[str, one_of(LIPASE)]
    baby_age_months: int | None
    max_families: int
    smallest_handoff_ml: int | None
    after_loss: bool
    preference: Annotated[str | None, one_of((*PREFERENCES, None), description="Told to its author alone.")]


class RequestOut(Answered):
    """The need of a request. The last four are told to its author alone, and null for others."""

    need_ml_per_day: int
    days: int
    baby_age_band: Annotated[str, one_of(BABY_AGE_BANDS)]
    stock_ml: int | None
    term_and_healthy: Annotated[str | None, one_of((*TERM_AND_HEALTHY, None))]
    immediate_allergy: bool | None
    accepts_asks: bool | None


class PostOut(Answered):
    """
    A post: ``offer`` or ``request`` is filled, in an unfinished draft neither.

    Others' posts tell what anybody may read on their page; ``created_at`` and ``updated_at`` are null there.
    ``facts_shared`` is false where a donor does not share health facts.
    """

    id: Annotated[str, Field(examples=["Zk0b3pSf1n6q8WJm2Yc4Vg"])]
    kind: Literal["offer", "request"]
    state: Annotated[str, one_of(PostState)]
    mine: bool
    version: int
    area: AreaOut
    travel_km: float
    note: str
    replace_bags: Annotated[str, one_of(REPLACE_BAGS)]
    ends_on: date | None
    published_at: datetime | None
    created_at: datetime | None
    updated_at: datetime | None
    offer: OfferOut | None
    request: RequestOut | None
    facts: dict[str, FactOut]
    facts_shared: bool
    wishes: dict[str, WishOut]


class PostPage(Page):
    """One's own posts, newest first."""

    items: list[PostOut]


class PostMade(Answered):
    """A post just handed in: live at once, or waiting for a moderator."""

    id: str
    kind: Literal["offer", "request"]
    state: Annotated[str, one_of(PostState)]
    version: int
