"""The operations on conversations: the list, their heads, one, how one wants it treated, how far one has read."""

from dataclasses import asdict

from app.infra.clock import utcnow
from app.messaging import queries, services
from app.messaging.api.answers import detail_out, line_out
from app.messaging.api.models import (
    ChoicesIn,
    ConversationDetail,
    ConversationPage,
    ConversationsQuery,
    FoundOut,
    FoundsOut,
    HeadOut,
    HeadsOut,
    ReadIn,
    ReadOut,
    SearchQuery,
)
from app.messaging.permissions import READ_CONVERSATION, SEE_CONVERSATIONS
from app.messaging.rules import clean_search
from app.web.access import requires
from app.web.api import api_blueprint, api_limited, page_of
from app.web.login import member

blueprint = api_blueprint("messaging", __name__, tag="Conversations")


@blueprint.get("/conversations")
@requires(SEE_CONVERSATIONS)
@blueprint.input(ConversationsQuery, location="query")
@blueprint.output(ConversationPage)
@api_limited("120/minute")
def conversations(query_data: ConversationsQuery) -> ConversationPage:
    """One's own conversations, with those one put away unless ``archived`` is sent, the one opened last first."""
    actor = member()
    # The order of the site changes with every message, and a page would be cut from a list that moves.
    asked = (False, True) if query_data.archived is None else (query_data.archived,)
    found = [line for archived in asked for line in queries.inbox(actor, archived=archived)]
    lines = sorted(found, key=lambda line: (line.conversation.created_at, line.conversation.id), reverse=True)
    part, following = page_of(lines, query_data, lambda line: line.conversation.public_id)
    return ConversationPage(items=[line_out(each, actor.person_id) for each in part], next=following)


@blueprint.get("/conversations/heads")
@requires(SEE_CONVERSATIONS)
@blueprint.output(HeadsOut)
@api_limited()
def heads() -> HeadsOut:
    """How far each of one's own conversations has come, in one short answer: what to ask first after a pause."""
    return HeadsOut(items=[HeadOut(**asdict(head)) for head in queries.heads(member())])


@blueprint.get("/conversations/search")
@requires(SEE_CONVERSATIONS)
@blueprint.input(SearchQuery, location="query")
@blueprint.output(FoundsOut)
@api_limited("60/minute")
def search(query_data: SearchQuery) -> FoundsOut:
    """Look for words in one's own conversations, as they stand now; nothing of what was looked for is kept."""
    hits = queries.search(member(), clean_search(query_data.q))
    return FoundsOut(
        items=[
            FoundOut(
                conversation=hit.conversation, seq=hit.seq, other=hit.other, mine=hit.own, body=hit.body,
                sent_at=hit.sent_at,
            )
            for hit in hits
        ]
    )  # fmt: skip


@blueprint.get("/conversations/<public_id>")
@requires(READ_CONVERSATION)
@blueprint.output(ConversationDetail)
@api_limited()
def conversation(public_id: str) -> ConversationDetail:
    """One conversation of one's own, and what it grew out of."""
    actor = member()
    return detail_out(queries.conversation_for(actor, public_id), actor)


@blueprint.patch("/conversations/<public_id>")
@requires(READ_CONVERSATION)
@blueprint.input(ChoicesIn)
@blueprint.output(ConversationDetail)
@api_limited()
def choose(public_id: str, json_data: ChoicesIn) -> ConversationDetail:
    """Mute a conversation or put it away, each for oneself alone, or undo it."""
    actor = member()
    services.choose(actor, public_id, **json_data.model_dump(include=json_data.model_fields_set))
    return detail_out(queries.conversation_for(actor, public_id), actor)


@blueprint.post("/conversations/<public_id>/read")
@requires(READ_CONVERSATION)
@blueprint.input(ReadIn)
@blueprint.output(ReadOut)
@api_limited()
def mark_read(public_id: str, json_data: ReadIn) -> ReadOut:
    """Note how far one has read; the other one sees it."""
    return ReadOut(seq=services.mark_read(member(), public_id, json_data.seq, now=utcnow()))
