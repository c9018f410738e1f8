"""What the API takes and gives of handoffs: moments in UTC, millilitres, nothing of the other's that a page hides."""

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, Field

from app.handoffs.rules.amounts import Condition
from app.handoffs.rules.meeting import LATE_MINUTES
from app.handoffs.rules.plan import MOST_OTHERS
from app.handoffs.rules.states import CancelReason, HandoffState, Side
from app.handoffs.rules.steps import Step
from app.web.api import ID, Answered, Asked, Page

LONGEST_TYPED: Final = 1_000
"""Characters that are read at all; the rules refuse fewer with their own words."""

Amount = Annotated[int, Field(ge=1, le=1_000_000, examples=[600])]
WindowNumber = Annotated[int, Field(ge=0, le=MOST_OTHERS, description="Which of the windows; 0 is the first.")]
_State = Annotated[str, Field(json_schema_extra={"enum": list(HandoffState)})]
_Step = Annotated[str, Field(json_schema_extra={"enum": list(Step)})]
_Condition = Annotated[str | None, Field(json_schema_extra={"enum": [*Condition, None]})]
_Reason = Annotated[str | None, Field(description="Why it ended, by key; null when nobody said so.")]


class WindowOut(Answered):
    """One window; ``ahead`` is false once it is over."""

    number: int
    starts_at: datetime
    ends_at: datetime
    ahead: bool


class SideOut(Answered):
    """
    What one of the two has for the meeting.

    ``code`` is one's own and shown to the other at the cooler; the other's is null here, because typing it in says that
    the two met.
    """

    code: Annotated[str | None, Field(examples=["042042"])]
    delegate: Annotated[str | None, Field(description="Who comes in this person's place.")]
    left_at: datetime | None
    late_minutes: int | None
    amount_ml: Annotated[int | None, Field(description="What this side says was given, or received.")]


class HandoffOut(Answered):
    """
    A handoff as one of its two people sees it.

    ``next`` is what it waits for, and ``words`` the same in the caller's language. ``free_ml`` is what the offer still
    has. ``may`` names the operations that the page of the handoff offers just now.
    """

    id: ID
    conversation_id: ID
    offer_id: ID
    request_id: ID
    role: Annotated[str, Field(json_schema_extra={"enum": list(Side)})]
    other: Annotated[str, Field(description="The other's display name.", examples=["Ana"])]
    proposed_by_me: bool
    state: _State
    next: _Step
    words: str
    volume_ml: int
    free_ml: int
    starts_at: datetime
    ends_at: datetime
    windows: list[WindowOut]
    place: Annotated[str, Field(description="Where exactly, as one of the two wrote it; empty unless agreed.")]
    mine: SideOut
    others: SideOut
    condition: _Condition
    tries_left: Annotated[int, Field(description="How many wrong codes one may still send.")]
    confirmed_at: datetime | None
    end_reason: _Reason
    may: list[str]


class HandoffPage(Page):
    """One's own handoffs, the one proposed last first."""

    items: list[HandoffOut]


class WindowIn(Asked):
    """From when until when one could meet: at most 12 hours, in the next 60 days, with an offset or ``Z``."""

    starts_at: Annotated[AwareDatetime, Field(examples=["2026-11-28T16:00:00Z"])]
    ends_at: Annotated[AwareDatetime, Field(examples=["2026-11-28T18:00:00Z"])]


class PlanIn(Asked):
    """How much milk, and one window or up to three, of which the other chooses."""

    volume_ml: Amount
    windows: Annotated[list[WindowIn], Field(min_length=1, max_length=1 + MOST_OTHERS)]


class ProposalIn(PlanIn):
    """A proposal in a conversation of one's own."""

    conversation_id: ID


class HandoffMade(Answered):
    """A handoff that was proposed."""

    id: ID
    state: _State


class AgreeIn(Asked):
    """Which of the proposed windows suits."""

    window: WindowNumber = 0


class CancelIn(Asked):
    """Why it will not happen; ``unsaid`` is an answer too."""

    reason: Literal["unsaid", "plans_changed", "cannot_travel", "milk_kept", "not_needed", "not_a_fit", "came_up"] = (
        CancelReason.UNSAID.value
    )


class LateIn(Asked):
    """By about how many minutes."""

    minutes: Annotated[int, Field(ge=0, le=1_000, json_schema_extra={"enum": list(LATE_MINUTES)})]


class CodeIn(Asked):
    """The other's six digits; spaces and dashes do not count."""

    code: Annotated[str, Field(min_length=1, max_length=30, examples=["042 042"])]


class CodeOut(Answered):
    """Whether these are the other's digits, how many more wrong ones are looked at, and where it stands now."""

    fits: bool
    tries_left: int
    handoff: HandoffOut


class AmountIn(Asked):
    """What was really given, or received; a family also says in which ``condition`` it arrived."""

    amount_ml: Amount
    condition: Literal["frozen", "cold", "partly_thawed", "thawed"] | None = None


class MissedIn(Asked):
    """
    How it was for oneself: one was there and nobody came, one was not there, or neither was.

    ``came_up`` says that something came up that could not wait, and never what.
    """

    said: Literal["was_there", "not_there", "neither"]
    came_up: bool = False


class PlaceIn(Asked):
    """Where exactly, in at most 300 characters; empty takes it away."""

    place: Annotated[str, Field(max_length=LONGEST_TYPED, examples=["The library's shaded car park"])]


class DelegateIn(Asked):
    """The first name of who comes in one's place; empty: one comes oneself."""

    name: Annotated[str, Field(max_length=LONGEST_TYPED, examples=["Sam"])]
