"""What the API takes and gives of lots: days, millilitres, codes; a donor's own and nobody else's."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from app.milk.rules.drafts import LARGEST_BAG, MOST_BAGS, MOST_SIZES
from app.milk.rules.keeping import Heat, Kept, NotGiven
from app.milk.rules.ledger import Entry
from app.milk.rules.lives import SplitFor
from app.web.api import ID, Answered, Asked, Page

_Kept = Annotated[str, Field(json_schema_extra={"enum": list(Kept)}, examples=["freezer"])]
Place = Literal["fresh", "fridge", "freezer", "deep_freezer", "freezer_unknown"]


class BagsOut(Answered):
    """Bags of one size: how many there were, and how many are left."""

    size_ml: int
    count: int
    left: int


class LotOut(Answered):
    """
    A lot of one's own.

    ``left_ml`` is what is still with the donor, of which ``promised_ml`` is promised. ``best_by`` and ``use_by`` are
    limits for keeping the milk by ``source`` and say nothing else about it; ``days_left`` counts to ``use_by`` on the
    donor's own calendar. ``not_given`` says why none of it is passed on.
    """

    id: ID
    code: Annotated[str, Field(description="As it stands on the bags.", examples=["2345-678M"])]
    pumped_from: date
    pumped_to: date
    kept: _Kept
    heat: Annotated[str, Field(json_schema_extra={"enum": list(Heat)})]
    thawed_on: date | None
    made_ml: int
    left_ml: int
    promised_ml: int
    given_ml: int
    bags: list[BagsOut]
    best_by: date
    use_by: date
    source: Annotated[str, Field(examples=["CDC, United States"])]
    days_left: int
    not_given: Annotated[str | None, Field(json_schema_extra={"enum": [*NotGiven, None]})]
    stated_version: Annotated[
        int | None, Field(description="The version of what the donor states about herself that held on all its days.")
    ]


class LotPage(Page):
    """One's own lots, the oldest milk first, also those of which nothing is left."""

    items: list[LotOut]


class EntryOut(Answered):
    """One line of the ledger; it names nobody. ``other_code`` is the lot split off, or split off from."""

    kind: Annotated[str, Field(json_schema_extra={"enum": list(Entry)})]
    volume_ml: int
    condition: str | None
    kept: str | None
    other_code: str | None
    at: datetime
    words: Annotated[str, Field(description="The line in the caller's language and units.")]


class LifeOut(EntryOut):
    """
    A line of the whole life of a lot: of itself, of what was split off from it, and of what it was split off from.

    ``codes`` are the lots it is about. ``family`` numbers the family it names within this life; who that is stands
    nowhere. ``split_for`` says why bags became a lot of their own, null when nothing says so.
    """

    codes: list[str]
    family: int | None
    split_for: Annotated[str | None, Field(json_schema_extra={"enum": [*SplitFor, None]})]


class ClockOut(Answered):
    """The two days by one source of storage times."""

    source: str
    best_by: date
    use_by: date


class LotDetail(LotOut):
    """
    A lot with everything that happened to it, the oldest first, and its days by every source.

    ``timeline`` are the ledger's lines about this lot alone; ``life`` is what its donor can print.
    """

    clocks: list[ClockOut]
    timeline: list[EntryOut]
    life: list[LifeOut]


class BagsIn(Asked):
    """So many bags of one size."""

    count: Annotated[int, Field(ge=1, le=MOST_BAGS, examples=[10])]
    size_ml: Annotated[int, Field(ge=1, le=int(LARGEST_BAG), examples=[120])]


class LotIn(Asked):
    """
    Milk pumped in the same days and kept in one place, in bags of up to four sizes.

    ``as_stated`` says that what one's posts say about one was so on all these days.
    """

    pumped_from: Annotated[date, Field(examples=["2026-11-01"])]
    pumped_to: Annotated[date, Field(examples=["2026-11-14"])]
    kept: Place
    heat: Literal["none", "scalded", "flash_heated", "holder_home"]
    bags: Annotated[list[BagsIn], Field(min_length=1, max_length=MOST_SIZES)]
    as_stated: bool = False


class LotMade(Answered):
    """The lot in which the bags are now."""

    id: ID
    code: str


class MoveIn(Asked):
    """Where it is kept from now on: colder, or in another freezer."""

    kept: Place


class TakenIn(Asked):
    """Which bags of a lot, by their size."""

    bags: Annotated[list[BagsIn], Field(min_length=1, max_length=MOST_SIZES)]
