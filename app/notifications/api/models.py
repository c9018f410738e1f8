"""What the API takes and gives of notices, and of how somebody wants to be reached."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from app.notifications.rules import Choice, Group
from app.web.api import Answered, Asked, Page, PageQuery

_Group = Annotated[str, Field(json_schema_extra={"enum": list(Group)}, examples=["messages"])]
_Hour = Annotated[int, Field(ge=0, le=23, description="An hour of the day, by your own clock.")]


class NoticesQuery(PageQuery):
    """Which notices: all, the unread alone, or those about one thing."""

    unread: Annotated[Literal["true", "false"], Field(description="`true` leaves out what was read.")] = "false"
    about: Annotated[Group | None, Field(description="Only those about this.")] = None


class NoticeOut(Answered):
    """Something one should know: ``words`` in one's own language, ``path`` where on the site the rest stands."""

    id: Annotated[str, Field(examples=["Zk0b3pSf1n6q8WJm2Yc4Vg"])]
    kind: Annotated[str, Field(examples=["interest_received"])]
    about: _Group
    words: str
    path: Annotated[str, Field(examples=["/messages/Zk0b3pSf1n6q8WJm2Yc4Vg"])]
    urgent: bool
    created_at: datetime
    read_at: datetime | None


class NoticePage(Page):
    """One's own notices, newest first; ``unread`` counts all that were not opened."""

    items: list[NoticeOut]
    unread: int


class UnreadOut(Answered):
    """How many notices were not opened."""

    unread: int


class Ways(Asked):
    """How what is about one thing leaves the site, by each way: at once, in the summary of the day, or not at all."""

    # Words of a choice are read from text.
    model_config = ConfigDict(strict=False)

    mail: Choice
    push: Choice


class Choices(Asked):
    """The ways of every group; in the inbox a notice stands whatever is chosen here."""

    messages: Ways
    answers: Ways
    handoffs: Ways
    matches: Ways
    posts: Ways
    moderation: Ways


class QuietHours(Asked):
    """From ``start`` to ``end`` nothing leaves but what is urgent."""

    start: _Hour
    end: _Hour


class Preferences(Asked):
    """How one wants to be reached; null for ``quiet`` when also at night. What is read can be sent back."""

    choices: Choices
    quiet: QuietHours | None
    digest_hour: Annotated[_Hour, Field(description="When the summary of the day leaves, by your own clock.")]


class DeviceIn(Asked):
    """What a browser's push subscription holds (Push API)."""

    endpoint: Annotated[str, Field(max_length=1_000, examples=["https://fcm.googleapis.com/fcm/send/…"])]
    p256dh: Annotated[str, Field(max_length=100)]
    auth: Annotated[str, Field(max_length=40)]


class DeviceMade(Answered):
    """A browser that takes pushes from now on."""

    id: str


class DeviceOut(Answered):
    """A browser that takes pushes: the name of its push service, never its address."""

    id: str
    service: Annotated[str, Field(examples=["Mozilla"])]
    created_at: datetime


class DevicePage(Page):
    """One's own browsers, the newest first; ``key`` is what a browser must be given to subscribe."""

    items: list[DeviceOut]
    key: Annotated[str, Field(description="The site's public VAPID key; empty where push is off.")]
