"""The read side of notices; this package's names are its public face."""

from app.notifications.queries.inbox import (
    PAGE,
    NoticeView,
    inbox,
    notice,
    own_notice,
    unread_count,
    unread_paths,
)
from app.notifications.queries.outward import (
    WaitingView,
    due_readers,
    waiting_digest,
    waiting_instant,
)
from app.notifications.queries.preferences import (
    Choices,
    DeviceView,
    Preferences,
    choices_of,
    devices_of,
    own_devices,
    pace_of,
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
    "due_readers",
    "inbox",
    "notice",
    "own_devices",
    "own_notice",
    "pace_of",
    "preferences",
    "unread_count",
    "unread_paths",
    "waiting_digest",
    "waiting_instant",
]
