"""What the API takes and gives of what follows a handoff, of the runway, and of what came beside the need."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.handoffs.api.models import LONGEST_TYPED
from app.handoffs.rules.after import Went
from app.handoffs.rules.states import Side
from app.posts.rules import PostState
from app.web.api import ID, Answered, Asked


class AfterOut(Answered):
    """
    What follows a confirmed handoff, for one of its two.

    ``days`` is for how long the milk feeds: a family reads its own, a donor only what the family lets her know (null
    before). ``typical_days`` is how long so much lasts a baby of the studies. ``went`` is the family's own answer, and
    null for a donor. ``thanks_wait`` says that thanks wait until the donor opens them.
    """

    handoff_id: ID
    role: Annotated[str, Field(json_schema_extra={"enum": list(Side)})]
    other: str
    amount_ml: int
    days: int | None
    typical_days: int
    shares_days: bool
    went: Annotated[str | None, Field(json_schema_extra={"enum": [*Went, None]})]
    thanks: str
    thanked_at: datetime | None
    thanks_wait: bool


class WentIn(Asked):
    """How it went, for the family's own eyes; another answer takes the place of the first."""

    went: Literal["fine", "not-taken", "not-used", "problem"]


class ShareIn(Asked):
    """Whether the donor may know for how many days it feeds."""

    share: bool


class ThanksIn(Asked):
    """A few words, or none; the first thanks stand."""

    note: Annotated[str, Field(max_length=LONGEST_TYPED)] = ""


class AfterWishesOut(Answered):
    """
    What one wants of what follows every handoff of one's own; nobody else reads it.

    While nothing is chosen, questions are asked, and thanks wait for who gives after a loss and come at once to others.
    """

    questions: Annotated[bool, Field(description="Ask me, as a family, how it went.")]
    thanks: Annotated[bool, Field(description="Tell me, as a donor, of thanks and days at once; else they wait.")]


class AfterWishesIn(Asked):
    """A choice; what is left out, or null, stays as it was."""

    questions: bool | None = None
    thanks: bool | None = None


class GivenOut(Answered):
    """What one gave over all confirmed handoffs, by one's own amounts; nothing in it is any family's."""

    volume_ml: int
    handoffs: int
    typical_days: Annotated[int, Field(description="How long so much lasts a baby in the middle of the studies.")]


class ComingOut(Answered):
    """Milk that is agreed and not confirmed; ``late`` when its window is over and nobody has said how it was."""

    handoff_id: ID
    donor: str
    volume_ml: int
    at: datetime
    late: bool
    weekly: bool


class RunwayOut(Answered):
    """
    How long the milk of one's own request lasts, by what one said: a figure between two others, and no promise.

    ``short`` is less than three days. ``without`` is when it runs out if none of what is coming comes, null when none
    is to come.
    """

    request_id: ID
    state: Annotated[str, Field(json_schema_extra={"enum": list(PostState)})]
    need_ml_per_day: int
    said_at: Annotated[datetime, Field(description="When one last said how much is at home.")]
    left_ml: int
    runs_out: datetime
    earliest: datetime
    latest: datetime
    without: datetime | None
    short: bool
    coming: list[ComingOut]


class StockIn(Asked):
    """How much milk is at home now."""

    stock_ml: Annotated[int, Field(ge=0, le=1_000_000, examples=[900])]


class SpanOut(Answered):
    """What came within the last ``days``, beside the need one stated in that time (null where none is stated)."""

    days: int
    volume_ml: int
    handoffs: int
    donors: int
    needed_ml: int | None
    percent: int | None


class ReceivedOut(Answered):
    """What one's own household received, in each span of days."""

    spans: list[SpanOut]
