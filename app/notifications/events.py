"""What happened to notices."""

from dataclasses import dataclass

from app.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLeft(Event):
    """A notice was put into somebody's inbox."""

    person_id: int
    notice_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesRead(Event):
    """Somebody opened notices, so that the count on other open pages is no longer right."""

    person_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesLeft(Event):
    """Notices were put into many inboxes at once."""

    notice_ids: tuple[int, ...]
