"""
What may be said: the text of a message, its kinds, the id a phone gave it.

Pure. Every refusal is an :class:`~app.kernel.errors.Invalid` with the reason at its field.
"""

from app.messaging.rules.answers import STATES, Answer, read_answer
from app.messaging.rules.changing import (
    ADDRESS_FOR,
    EDIT_FOR,
    KEEP_HELD,
    KEEP_REPORTED,
    KEEP_VERSIONS,
    may_delete,
    may_edit,
)
from app.messaging.rules.drafts import Draft, draft
from app.messaging.rules.kinds import OF_THE_SITE, WORDS, Kind, is_of_the_site
from app.messaging.rules.numbers import LARGEST_SEQ, clean_client_id, clean_seq
from app.messaging.rules.phrases import LANGUAGES, PHRASES, in_language
from app.messaging.rules.pictures import MOST_KEPT, fits, may_send_pictures
from app.messaging.rules.searching import clean_search, pieces, places
from app.messaging.rules.texts import (
    MAX_ADDRESS,
    MAX_BODY_BYTES,
    MAX_DESCRIPTION,
    clean_address,
    clean_description,
    clean_text,
)
from app.messaging.rules.waiting import LOOK_BACK, REMIND_AFTER, answer_times, may_remind, usual_time

__all__ = [
    "ADDRESS_FOR",
    "EDIT_FOR",
    "KEEP_HELD",
    "KEEP_REPORTED",
    "KEEP_VERSIONS",
    "LANGUAGES",
    "LARGEST_SEQ",
    "LOOK_BACK",
    "MAX_ADDRESS",
    "MAX_BODY_BYTES",
    "MAX_DESCRIPTION",
    "MOST_KEPT",
    "OF_THE_SITE",
    "PHRASES",
    "REMIND_AFTER",
    "STATES",
    "WORDS",
    "Answer",
    "Draft",
    "Kind",
    "answer_times",
    "clean_address",
    "clean_client_id",
    "clean_description",
    "clean_search",
    "clean_seq",
    "clean_text",
    "draft",
    "fits",
    "in_language",
    "is_of_the_site",
    "may_delete",
    "may_edit",
    "may_remind",
    "may_send_pictures",
    "pieces",
    "places",
    "read_answer",
    "usual_time",
]
