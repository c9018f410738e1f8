"""
Use-cases of conversations, one concept a file.

Order and membership are decided by one UPDATE of the conversation's row; that nothing is doubled, by the unique id the
phone gave its message. This package's names are its public face.
"""

from app.messaging.services.addresses import END_ADDRESS, end_address, end_addresses, hide_address, tell_address
from app.messaging.services.cards import post_card, post_system, say_taken_down
from app.messaging.services.changing import delete_message, edit, forget_versions, keep_evidence
from app.messaging.services.choosing import archive, choose, mute
from app.messaging.services.holding import forget_held, refuse_held, release_held, take_back
from app.messaging.services.kind_reminder import remind_kindly
from app.messaging.services.many_cards import NewCard, post_cards
from app.messaging.services.opening import open_conversation
from app.messaging.services.parting import settle_between, settle_with
from app.messaging.services.pictures import (
    DROP_FILE,
    drop_file,
    encode_picture,
    forget_pictures,
    send_picture,
    sweep_files,
)
from app.messaging.services.presence import show_presence
from app.messaging.services.reading import mark_read
from app.messaging.services.refusals import Nudge, OutOfOrder, closed
from app.messaging.services.reminding import REMIND, REMIND_AFTER, remind, remind_later
from app.messaging.services.sending import send, send_claimed

__all__ = [
    "DROP_FILE",
    "END_ADDRESS",
    "REMIND",
    "REMIND_AFTER",
    "NewCard",
    "Nudge",
    "OutOfOrder",
    "archive",
    "choose",
    "closed",
    "delete_message",
    "drop_file",
    "edit",
    "encode_picture",
    "end_address",
    "end_addresses",
    "forget_held",
    "forget_pictures",
    "forget_versions",
    "hide_address",
    "keep_evidence",
    "mark_read",
    "mute",
    "open_conversation",
    "post_card",
    "post_cards",
    "post_system",
    "refuse_held",
    "release_held",
    "remind",
    "remind_kindly",
    "remind_later",
    "say_taken_down",
    "send",
    "send_claimed",
    "send_picture",
    "settle_between",
    "settle_with",
    "show_presence",
    "sweep_files",
    "take_back",
    "tell_address",
]
