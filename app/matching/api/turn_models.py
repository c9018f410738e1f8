"""What the API gives of second in line."""

from datetime import datetime

from app.web.api import ID, Answered


class TurnOut(Answered):
    """A question about one's own yes, and until when it can be answered."""

    id: ID
    interest_id: ID
    answer_until: datetime | None


class TurnsOut(Answered):
    """The questions that wait for one's answer."""

    items: list[TurnOut]


class TakenOut(Answered):
    """The yes that holds now; its conversation is open."""

    interest_id: ID


class NobodyOut(Answered):
    """How many families are not asked any more, or not asked at all."""

    stopped: int
