"""What the API takes and gives of withdrawals: classes of reasons, days and numbers, and nobody who received milk."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from app.milk.rules.withdrawals import LONGEST_WASHOUT, OpenedAs, Reason, State
from app.web.api import ID, Answered, Asked, Page

MOST_LOTS = 500
"""Lots one call may name."""


class WithdrawalIn(Asked):
    """
    What happened, as a class, and the days or lots it is about; families are never told the reason.

    ``negative`` goes with ``positive_test``: the day of the last negative test. ``first`` and ``last`` are the days of
    use, or of signs and recovery; ``washout`` counts days after the last use. ``lots`` go with ``storage``.
    """

    reason: Literal["positive_test", "substance", "infection", "storage", "adulteration", "infant_ill"]
    negative: date | None = None
    first: date | None = None
    last: date | None = None
    washout: Annotated[int, Field(ge=0, le=LONGEST_WASHOUT)] = 0
    lots: Annotated[list[ID], Field(max_length=MOST_LOTS)] = Field(default_factory=list)


class ReachedLotOut(Answered):
    """A lot it reaches, by its code: what was made, what went to families, and what is left."""

    code: Annotated[str, Field(examples=["2345-678M"])]
    pumped_from: date
    pumped_to: date
    made_ml: int
    given_ml: int
    left_ml: int


class ReachOut(Answered):
    """What a withdrawal would reach now; milk whose families were told as urgently before is not counted again."""

    lots: list[ReachedLotOut]
    families: Annotated[int, Field(description="How many would be told.")]
    given_ml: int
    left_ml: int


class WithdrawalMade(Answered):
    """A withdrawal that was made: its milk is held, and its families are being told, or a moderator looks first."""

    id: ID
    state: Annotated[str, Field(json_schema_extra={"enum": list(State)})]


class WithdrawalOut(Answered):
    """A withdrawal of one's own milk; ``reason`` is null where somebody else began it."""

    id: ID
    opened_as: Annotated[str, Field(json_schema_extra={"enum": list(OpenedAs)})]
    reason: Annotated[str | None, Field(json_schema_extra={"enum": [*Reason, None]})]
    first: date | None
    last: date | None
    state: Annotated[str, Field(json_schema_extra={"enum": list(State)})]
    opened_at: datetime
    closed_at: datetime | None


class WithdrawalPage(Page):
    """The newest hundred withdrawals of one's own milk, the newest first."""

    items: list[WithdrawalOut]


class WithdrawalDetail(WithdrawalOut):
    """
    How it stands, in numbers only.

    ``silent`` families were tried three times; ``unreached`` are handoffs behind which nobody is left to tell.
    """

    lots: int
    told: int
    answered: int
    silent: int
    unreached: int
    fed_ml: int
    stored_ml: int
    discarded_ml: int
