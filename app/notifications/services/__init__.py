"""
Use-cases of notices: leave one, open them, send them out, choose how one is reached.

This package's names are its public face.
"""

from app.notifications.services.devices import forget_device, forget_devices, remember_device
from app.notifications.services.forgetting import forget_sendings
from app.notifications.services.many import SEND_MANY, News, Went, notify_many, plan_many, record_many
from app.notifications.services.notices import notify, open_all, open_notice, settle
from app.notifications.services.outward import (
    SEND_DIGEST,
    SEND_NOTICE,
    DigestPlan,
    NoticePlan,
    due_digests,
    enqueue_digests,
    plan_digest,
    plan_notice,
    record_digest,
    record_notice,
)
from app.notifications.services.preferences import PreferencesDraft, mails_that_stop, save_preferences, stop_mails

__all__ = [
    "SEND_DIGEST",
    "SEND_MANY",
    "SEND_NOTICE",
    "DigestPlan",
    "News",
    "NoticePlan",
    "PreferencesDraft",
    "Went",
    "due_digests",
    "enqueue_digests",
    "forget_device",
    "forget_devices",
    "forget_sendings",
    "mails_that_stop",
    "notify",
    "notify_many",
    "open_all",
    "open_notice",
    "plan_digest",
    "plan_many",
    "plan_notice",
    "record_digest",
    "record_many",
    "record_notice",
    "remember_device",
    "save_preferences",
    "settle",
    "stop_mails",
]
