"""The read side of notices; this package's names are its public face."""

from app.notifications.queries.inbox import (
    PAGE,
    NoticeView,
    inbox,
    notice,
    notices,
    own_notice,
    unread_count,
    unread_counts,
    unread_paths,
)
from app.notifications.queries.outward import (
    WaitingView,
    due_readers,
    waiting_digest,
    waiting_instant,
    waiting_of,
)
from app.notifications.queries.preferences import (
    Choices,
    DeviceView,
    Preferences,
    choices_of,
    devices_of,
    devices_of_many,
    own_devices,
    pace_of,
    people_with_devices,
    preferences,
)

__all__ = [
    "PAGE",
    "Choices",
    "DeviceView",
    "NoticeView",
    "Preferences",
    "WaitingView",
    "choices_of",
    "devices_of",
    "devices_of_many",
    "due_readers",
    "inbox",
    "notice",
    "notices",
    "own_devices",
    "own_notice",
    "pace_of",
    "people_with_devices",
    "preferences",
    "unread_count",
    "unread_counts",
    "unread_paths",
    "waiting_digest",
    "waiting_instant",
    "waiting_of",
]
