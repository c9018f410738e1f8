"""What the API takes and gives of days kept back: a class and calendar days of the donor's own."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.milk.rules.deferrals import Kind
from app.web.api import ID, Answered, Asked, Page


class DaysIn(Asked):
    """Days whose milk is not passed on, both ends among them; ``last`` is null while it goes on."""

    kind: Literal[
        "medicine", "alcohol", "nicotine", "cannabis", "fever", "mastitis", "contrast", "vaccine", "other"
    ]  # fmt: skip
    first: Annotated[date, Field(examples=["2026-11-10"])]
    last: date | None = None


class DaysOut(Answered):
    """An entry of one's own; ``goes_on`` when it has no end yet, or one that is still to come."""

    id: ID
    kind: Annotated[str, Field(json_schema_extra={"enum": list(Kind)})]
    first: date
    last: date | None
    goes_on: bool


class DaysPage(Page):
    """One's own entries, the newest first."""

    items: list[DaysOut]


class DaysMade(Answered):
    """The entry that holds these days now."""

    id: ID
