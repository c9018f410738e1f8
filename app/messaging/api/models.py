"""What the API takes and gives of conversations: numbers give the order, never moments."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, RootModel

from app.messaging.rules import LARGEST_SEQ, PHRASES, STATES, Kind
from app.posts.rules import LEVELS
from app.web.api import Answered, Asked, Changes, Page, PageQuery, SentFile

LONGEST_TYPED = 32_000
"""Characters of a text that are read at all; the rules refuse one of more than 8,000 bytes with their own words."""

Seq = Annotated[int, Field(ge=0, le=LARGEST_SEQ, examples=[1])]
ClientID = Annotated[
    str,
    Field(
        max_length=60,
        json_schema_extra={"format": "uuid"},
        description="A UUID of your own: sent again under it, the message is stored once. Left out, we make one.",
        examples=["0b8f6a52-7f0e-4a53-9c1e-0d7c5f0f1a01"],
    ),
]
Confirmed = Annotated[bool, Field(description="Send it although the answer was 422 `nudge`.")]
Muted = Annotated[bool, Field(description="No mail and no push about it.")]
Archived = Annotated[bool, Field(description="Out of one's list on the site, until its next message.")]
_MessageKind = Annotated[str, Field(json_schema_extra={"enum": list(Kind)}, examples=["text"])]


class OtherOut(Answered):
    """The other one of the two; ``active`` is false when the account is shut."""

    name: Annotated[str, Field(description="The display name.", examples=["Ana"])]
    active: bool


class MessageOut(Answered):
    """
    One message as it stands now. ``body`` is what to show, in the caller's language, whatever the kind.

    ``payload`` holds ids, keys and days. ``client_id`` is null in the other's. Of a ``deleted`` one only its place is
    left. ``change_no`` is the conversation's count at its last edit or deletion, 0 for one as it was sent.
    """

    conversation: str
    seq: Seq
    kind: _MessageKind
    body: str
    payload: dict[str, Any] | None
    reply_to: int | None
    mine: bool
    sent_at: datetime
    edited_at: datetime | None
    deleted: bool
    change_no: int
    client_id: str | None = None


class HeldOut(Answered):
    """
    Something of one's own that a moderator reads first; the other one does not see it.

    It has no place yet. ``spans`` are start and end of what was seen, in code points of the text.
    """

    conversation: str
    client_id: str
    kind: _MessageKind
    body: str
    payload: dict[str, Any] | None
    state: Literal["waiting", "released", "refused"]
    labels: list[str]
    spans: list[tuple[int, int]]
    held_at: datetime


class ConversationOut(Answered):
    """A conversation of one's own. ``closed``: nobody can write any more. ``last`` is null while nobody has written."""

    id: Annotated[str, Field(examples=["Zk0b3pSf1n6q8WJm2Yc4Vg"])]
    role: Literal["donor", "family"]
    other: OtherOut
    closed: bool
    opened_at: datetime
    last_seq: int
    change_no: int
    unread: int
    muted: Muted
    archived: Archived
    last: MessageOut | None


class ConversationsQuery(PageQuery):
    """Which part of one's conversations: all, or by ``archived`` those put away, or the others."""

    archived: Annotated[bool | None, Field(description="Only those put away, or only the others.")] = None


class ConversationPage(Page):
    """One's own conversations, the one opened last first, so that a page stays where it is while people write."""

    items: list[ConversationOut]


class ConversationDetail(Answered):
    """
    One conversation and what it grew out of; ``note`` came with the first contact, empty when there was none.

    ``read_seq`` is how far the other has read, ``mine_read_seq`` how far oneself.
    """

    id: str
    role: Literal["donor", "family"]
    other: OtherOut
    closed: bool
    opened_at: datetime
    last_seq: int
    change_no: int
    muted: Muted
    archived: Archived
    read_seq: int
    mine_read_seq: int
    offer_id: str
    request_id: str
    interest_id: str
    note: str
    note_by_me: bool
    questions: Annotated[list[str], Field(description="Attributes the family may ask about, by key.")]


class ChoicesIn(Changes):
    """How one wants a conversation treated; what is left out stays. The other one sees nothing of it."""

    muted: Muted = False
    archived: Archived = False


class SearchQuery(Asked):
    """The words to look for, in capitals or small letters."""

    q: Annotated[str, Field(max_length=LONGEST_TYPED, description="2 to 100 characters.", examples=["freezer"])]


class FoundOut(Answered):
    """A message in which the words stand; ``other`` is the display name of the other one of the two."""

    conversation: str
    seq: Seq
    other: str
    mine: bool
    body: str
    sent_at: datetime


class FoundsOut(Answered):
    """What was found, the newest first, at most 50; no more pages follow."""

    items: list[FoundOut]


class HeadOut(Answered):
    """How far one conversation has come: compare it with what you hold, and ask for the rest."""

    conversation: str
    last_seq: int
    change_no: int
    read_seq: int
    mine_read_seq: int
    unread: int


class HeadsOut(Answered):
    """The heads of all conversations that are open to one, the newest message first."""

    items: list[HeadOut]


class MessagesQuery(Asked):
    """
    Which messages: those that follow ``after_seq``, or the last ones before ``before_seq``; without both, the newest.

    ``changes_after`` goes with ``after_seq``: what was edited or deleted since, up to there.
    """

    # A query is text, so numbers are read from it.
    model_config = ConfigDict(strict=False)

    after_seq: Annotated[int | None, Field(ge=0, le=LARGEST_SEQ)] = None
    before_seq: Annotated[int | None, Field(ge=1, le=LARGEST_SEQ)] = None
    changes_after: Annotated[int | None, Field(ge=0, le=LARGEST_SEQ)] = None
    limit: Annotated[int, Field(ge=1, le=200, description="How many at most.")] = 50


class MessagesOut(Answered):
    """
    Messages, the oldest first.

    ``changes`` are earlier ones as they stand now; send ``change_no`` as ``changes_after`` the next time. ``more`` asks
    to be asked again: from the last ``seq`` on, or before the first. ``held`` is one's own that waits or was refused.
    """

    messages: list[MessageOut]
    changes: list[MessageOut]
    change_no: int
    last_seq: int
    read_seq: int
    held: list[HeldOut]
    more: bool


class _SentIn(Asked):
    client_id: ClientID | None = None
    after: Annotated[
        ClientID | None,
        Field(
            description="The `client_id` of your message before, when it is on its way too; 409 while it is missing."
        ),
    ] = None


class TextIn(_SentIn):
    """Words. ``confirmed`` sends what the screen asked about."""

    kind: Literal["text"]
    body: Annotated[str, Field(max_length=LONGEST_TYPED, examples=["Hello! When could we meet?"])]
    confirmed: Confirmed = False


class QuestionIn(_SentIn):
    """A ready question about an attribute that the match leaves open."""

    kind: Literal["question"]
    attribute: Annotated[str, Field(max_length=40, examples=["caffeine"])]


class AnswerIn(_SentIn):
    """The donor's answer to the question at ``reply_to``: ``since`` goes with avoids, ``level`` with uses."""

    kind: Literal["answer"]
    reply_to: Seq
    state: Annotated[str, Field(max_length=20, json_schema_extra={"enum": list(STATES)})]
    since: date | None = None
    level: Annotated[str | None, Field(max_length=40, json_schema_extra={"enum": [*LEVELS, None]})] = None


class PhraseIn(_SentIn):
    """A ready sentence, which each of the two reads in their own language."""

    kind: Literal["phrase"]
    phrase: Annotated[str, Field(max_length=60, json_schema_extra={"enum": list(PHRASES)})]


class MessageIn(RootModel[Annotated[TextIn | QuestionIn | AnswerIn | PhraseIn, Field(discriminator="kind")]]):
    """A message to send; which fields it has is told by ``kind``."""


class PictureIn(Asked):
    """A picture as a form with a file: JPEG, PNG or WebP, at most 10 MB. It is encoded anew, without data about it."""

    picture: SentFile
    description: Annotated[
        str, Field(max_length=LONGEST_TYPED, description="What it shows, at most 300 characters.")
    ] = ""
    client_id: ClientID | None = None


class MessageMade(Answered):
    """
    What was sent, without its words. ``sent`` has its place ``seq``; ``waiting`` (202) is read by a moderator first.

    ``refused`` is told when the same is sent again after a moderator decided that it is not sent.
    """

    conversation: str
    client_id: str
    kind: _MessageKind
    state: Literal["sent", "waiting", "refused"]
    seq: int | None
    at: datetime


class EditIn(Asked):
    """New words for one's own text."""

    body: Annotated[str, Field(max_length=LONGEST_TYPED, examples=["Hello! When could we meet on Friday?"])]
    confirmed: Confirmed = False


class ReadIn(Asked):
    """How far one has read."""

    seq: Seq


class ReadOut(Answered):
    """How far the mark stands; it never goes back."""

    seq: int


class AddressIn(Asked):
    """Where to come: shown to the other one alone, for 72 hours at most."""

    address: Annotated[str, Field(max_length=LONGEST_TYPED, examples=["12 Lake St, the blue door"])]
    client_id: ClientID | None = None


class AddressMade(Answered):
    """An address that was shown, without its words: its id, and the place of its card in the conversation."""

    id: str
    conversation: str
    client_id: str
    seq: int


class AddressOut(Answered):
    """An address in a conversation of one's own; ``address`` is empty once it is shown no longer."""

    id: str
    address: str
    mine: bool
    shown: bool
    ends_at: datetime
