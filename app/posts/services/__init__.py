"""
The use-cases of posts: writing, handing in, the author's life-cycle, review, and forms kept over a lost session.

This package's names are its public face.
"""

from app.posts.services.health import follow_sharing, forget_health, may_keep_health
from app.posts.services.index import Difference, add_to_index, rebuild_index, rebuild_part, verify_index
from app.posts.services.keeping import forget_old_forms, keep_form, take_kept_form
from app.posts.services.life import (
    expire_due,
    follow_author,
    fulfil,
    hide_posts_of,
    mark_matched,
    pause,
    remind_ending,
    renew,
    reopen,
    rest,
    rest_offers_of,
    resume,
    withdraw,
)
from app.posts.services.review import approve, ask_edit, decline
from app.posts.services.rows import today_of
from app.posts.services.stock import raise_bridge, restock
from app.posts.services.writing import edit, save_draft, save_typed, submit, submit_new

__all__ = [
    "Difference",
    "add_to_index",
    "approve",
    "ask_edit",
    "decline",
    "edit",
    "expire_due",
    "follow_author",
    "follow_sharing",
    "forget_health",
    "forget_old_forms",
    "fulfil",
    "hide_posts_of",
    "keep_form",
    "mark_matched",
    "may_keep_health",
    "pause",
    "raise_bridge",
    "rebuild_index",
    "rebuild_part",
    "remind_ending",
    "renew",
    "reopen",
    "rest",
    "rest_offers_of",
    "restock",
    "resume",
    "save_draft",
    "save_typed",
    "submit",
    "submit_new",
    "take_kept_form",
    "today_of",
    "verify_index",
    "withdraw",
]
