"""What the API takes and gives of the lots of a handoff: which bags, what the donor reports, what is accepted."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from app.handoffs.api.models import AmountIn
from app.milk.rules.drafts import LARGEST_BAG, MOST_BAGS
from app.milk.rules.keeping import Heat, Kept
from app.web.api import ID, Answered, Asked

MOST_LINES = 100
"""Sizes of bags, over all lots, that one call may name."""


class SizeOut(Answered):
    """So many bags of one size."""

    count: int
    size_ml: int


class LineOut(Answered):
    """
    One lot of a handoff, as its family is shown it.

    ``bags`` is empty once it was received. ``stated_version`` is the version of the donor's answers that held on all
    its days, null when she said so of none.
    """

    code: Annotated[str, Field(examples=["2345-678M"])]
    pumped_from: date
    pumped_to: date
    kept: Annotated[str, Field(json_schema_extra={"enum": list(Kept)})]
    heat: Annotated[str, Field(json_schema_extra={"enum": list(Heat)})]
    use_by: date
    withdrawn: bool
    stated_version: int | None
    accepted_at: datetime | None
    volume_ml: int
    bags: list[SizeOut]


class LinesOut(Answered):
    """The lots of a handoff. ``seen`` names what is shown here; a family that wants this milk sends it back."""

    items: list[LineOut]
    seen: str
    accepted: bool
    may_choose: bool
    may_accept: bool


class BagIn(Asked):
    """So many bags of one size of one's own lot."""

    lot_id: ID
    size_ml: Annotated[int, Field(ge=1, le=int(LARGEST_BAG), examples=[120])]
    count: Annotated[int, Field(ge=1, le=MOST_BAGS, examples=[5])]


class BagsIn(Asked):
    """Which bags one brings, in the place of those chosen before."""

    bags: Annotated[list[BagIn], Field(min_length=1, max_length=MOST_LINES)]


class AcceptIn(Asked):
    """What was shown, as ``seen`` told it: when the lots changed since, the answer is 409."""

    seen: Annotated[str, Field(max_length=2_000, pattern="^[0-9: ]*$", examples=["12:1"])]


class NewLotIn(Asked):
    """Milk that is in no lot yet: its days and where it was kept; its volume is what the bags lack."""

    pumped_from: date
    pumped_to: date
    kept: Literal["fresh", "fridge", "freezer", "deep_freezer", "freezer_unknown"]
    heat: Literal["none", "scalded", "flash_heated", "holder_home"] = "none"
    as_stated: bool = False


class GivenIn(AmountIn):
    """
    What was really given, or received; a family also says in which ``condition`` it arrived.

    A donor may name the ``bags`` (those promised, when left out), bags ``from_others``, which were promised to other
    meetings of hers and take others now (then ``bags`` left out are none), and a ``lot`` for what was in none.
    """

    bags: Annotated[list[BagIn], Field(min_length=1, max_length=MOST_LINES)] | None = None
    from_others: Annotated[list[BagIn], Field(min_length=1, max_length=MOST_LINES)] | None = None
    lot: NewLotIn | None = None
