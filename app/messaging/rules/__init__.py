"""
What may be said: the text of a message, its kinds, the id a phone gave it.

Pure. Every refusal is an :class:`~app.kernel.errors.Invalid` with the reason at its field.
"""

from app.messaging.rules.drafts import Draft, draft
from app.messaging.rules.kinds import Kind
from app.messaging.rules.numbers import LARGEST_SEQ, clean_client_id, clean_seq
from app.messaging.rules.texts import MAX_BODY_BYTES, clean_text

__all__ = ["LARGEST_SEQ", "MAX_BODY_BYTES", "Draft", "Kind", "clean_client_id", "clean_seq", "clean_text", "draft"]
