"""What is next in conversations: to read what was written, to answer, to say hello where nobody has."""

from collections.abc import Iterator
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.kernel.access import Identity
from app.messaging.queries import InboxLine, inbox
from app.messaging.words import families_wait
from app.web.next_steps import NextStep, Rank


def next_steps(person: Identity, _now: datetime) -> Iterator[NextStep]:
    """Unread messages, with the conversation itself when they are all in one; then a conversation nobody began."""
    lines = [line for line in inbox(person) if not line.conversation.blocked]
    unread = [line for line in lines if line.unread]
    if len(unread) == 1:
        name = unread[0].other.display_name
        yield NextStep(Rank.MESSAGE, _("%(name)s wrote to you.", name=name), _("Read it"), _thread(unread[0]), _PICTURE)
    elif unread:
        words = ngettext("%(num)s person wrote to you.", "%(num)s people wrote to you.", len(unread))
        yield NextStep(Rank.MESSAGE, words, _("Read your messages"), url_for("messaging.inbox"), _PICTURE)
    if any(line.waits and not line.unread for line in lines):
        waiting = url_for("messaging.inbox", show="waiting")
        yield NextStep(Rank.MESSAGE, families_wait(lines, person.person_id), _("Answer"), waiting, _PICTURE)
    for line in lines:
        if line.last is None and not line.conversation.closed:
            words = _("You and %(name)s both said yes. You can talk now.", name=line.other.display_name)
            yield NextStep(Rank.MESSAGE, words, _("Say hello"), _thread(line), _PICTURE)


_PICTURE = "chat-bubble-left-right"


def _thread(line: InboxLine) -> str:
    return url_for("messaging.thread", public_id=line.conversation.public_id)
