"""What the API takes and gives of matches and interests: areas and bands, reasons in words, never points."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from app.matching.rules.life import InterestState
from app.web.api import Answered, Asked, Page

ID = Annotated[str, Field(min_length=1, max_length=40, pattern="^[A-Za-z0-9_-]+$", examples=["Zk0b3pSf1n6q8WJm2Yc4Vg"])]
State = Annotated[str, Field(json_schema_extra={"enum": list(InterestState)})]


class PlaceOut(Answered):
    """Where a post stands: its area, and how far that is from one's own, as a band."""

    area_id: int
    name: Annotated[str, Field(examples=["Fitchburg, WI"])]
    band: Annotated[str, Field(examples=["under_10"])]
    words: Annotated[str, Field(examples=["less than 5 miles away"])]


class ReasonOut(Answered):
    """One reason, the weightiest first: a stable code, and the words in the caller's units and language."""

    code: Annotated[str, Field(examples=["distance"])]
    words: str


class AnswerOut(Answered):
    """The answer to one wish: the attribute, what made it so, and the words."""

    attribute: Annotated[str, Field(examples=["dairy"])]
    code: Annotated[str, Field(examples=["avoided_long_enough"])]
    words: Annotated[
        str, Field(examples=["donor reports no dairy since 12 Mar 2026, 111 days before the first pumping"])
    ]


class StatedOut(Answered):
    """What a donor reports of one attribute, as a card may tell it."""

    state: str
    since: date | None
    level: str | None
    words: str


class MatchOut(Answered):
    """
    A post that fits one's own, with what speaks for it and what would have to be asked.

    ``said`` is the state of an interest between the two posts, null when there is none.
    """

    post_id: str
    kind: Literal["offer", "request"]
    place: PlaceOut
    weekly: bool
    volume_ml: int | None
    pumped_from: date | None
    pumped_to: date | None
    storage: str | None
    lipase: str | None
    need_ml_per_day: int | None
    days: int | None
    baby_age_band: str | None
    replace_bags: str
    published_at: datetime | None
    facts: dict[str, StatedOut]
    reasons: list[ReasonOut]
    meets: list[AnswerOut]
    asks: list[AnswerOut]
    said: State | None


class MatchPage(Page):
    """
    What fits one's own live post, best first.

    ``outside`` is filled only when nothing fits: those that would fit if somebody travelled further. ``hint`` names a
    food or way of eating that alone keeps at least five offers nearby from the list. ``only_search`` is true where
    nothing is proposed because of an immediate allergy. ``asking_would_add`` counts the offers a family leaves out that
    does not want to ask.
    """

    items: list[MatchOut]
    outside: list[MatchOut]
    hint: str | None
    only_search: bool
    asking_would_add: int


class InterestOut(Answered):
    """
    A family's yes or a donor's invitation, as one of the two sees it.

    ``before`` is how many families stand before one's own open yes, null otherwise; ``fixed_at`` is when that place is
    fixed, null when it is already. ``by_me`` tells who spoke first.
    """

    id: str
    role: Literal["donor", "family"]
    by_me: bool
    origin: Literal["yes", "invitation"]
    state: State
    offer_id: str
    request_id: str
    other: Annotated[str, Field(description="The other's display name.", examples=["Ana"])]
    note: str
    before: int | None
    fixed_at: datetime | None
    created_at: datetime
    answered_at: datetime | None


class InterestPage(Page):
    """
    One's own yeses and invitations on both sides, newest first.

    At one's own offers the first three of each line are here; ``waiting_behind`` counts the others.
    """

    items: list[InterestOut]
    waiting_behind: int


class InterestIn(Asked):
    """
    Speak first: with one's own request a yes to an offer, with one's own offer an invitation to a family.

    A yes needs ``version``: that of the offer as its disclosure was read.
    """

    offer_id: ID
    request_id: ID
    note: Annotated[
        str, Field(max_length=2_000, description="Up to 500 characters; numbers and addresses are hidden.")
    ] = ""
    version: Annotated[int | None, Field(examples=[2])] = None


class InterestMade(Answered):
    """A yes or an invitation just said. ``accepted`` at once when the other side had spoken already."""

    id: str
    state: State


class DisclosureOut(Answered):
    """
    Everything a donor states to a family that fits, and what it means for the family's wishes.

    ``version`` goes with a yes. ``against`` are codes of what stands against the pair; ``full`` says that the offer's
    line takes no more families now.
    """

    offer_id: str
    request_id: str
    role: Literal["donor", "family"]
    other: str
    place: PlaceOut
    version: int
    facts: dict[str, StatedOut]
    reasons: list[ReasonOut]
    meets: list[AnswerOut]
    asks: list[AnswerOut]
    conflicts: list[AnswerOut]
    against: list[str]
    full: bool
    interest: InterestMade | None


class ProposalOut(Answered):
    """A post that a round put before one of one's own posts, and what speaks for it."""

    own_post_id: str
    match: MatchOut


class ProposalPage(Page):
    """
    What was chosen for one's own live posts: offers for each request, families to invite for an offer where nobody
    waits; best first within a post. ``new`` counts those of requests that were never marked as seen.
    """

    items: list[ProposalOut]
    new: int


class SeenIn(Asked):
    """The request whose page was looked at."""

    request_id: ID


class SeenOut(Answered):
    """How many proposals had not been seen before."""

    new: int


class PassIn(Asked):
    """The pair that is not for one: never asked why, never shown again, and nobody is told."""

    offer_id: ID
    request_id: ID
