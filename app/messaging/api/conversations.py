"""The operations on conversations: the list, their heads, one, and how far one has read."""

from dataclasses import asdict

from app.infra.clock import utcnow
from app.messaging import queries, services
from app.messaging.api.answers import detail_out, line_out
from app.messaging.api.models import ConversationDetail, ConversationPage, HeadOut, HeadsOut, ReadIn, ReadOut
from app.messaging.permissions import READ_CONVERSATION, SEE_CONVERSATIONS
from app.web.access import requires
from app.web.api import PageQuery, api_blueprint, api_limited, page_of
from app.web.login import member

blueprint = api_blueprint("messaging", __name__, tag="Conversations")


@blueprint.get("/conversations")
@requires(SEE_CONVERSATIONS)
@blueprint.input(PageQuery, location="query")
@blueprint.output(ConversationPage)
@api_limited("120/minute")
def conversations(query_data: PageQuery) -> ConversationPage:
    """One's own conversations, also those one put away, the one opened last first."""
    actor = member()
    # The order of the site changes with every message, and a page would be cut from a list that moves.
    both = [*queries.inbox(actor), *queries.inbox(actor, archived=True)]
    lines = sorted(both, key=lambda line: (line.conversation.created_at, line.conversation.id), reverse=True)
    part, following = page_of(lines, query_data, lambda line: line.conversation.public_id)
    return ConversationPage(items=[line_out(each, actor.person_id) for each in part], next=following)


@blueprint.get("/conversations/heads")
@requires(SEE_CONVERSATIONS)
@blueprint.output(HeadsOut)
@api_limited()
def heads() -> HeadsOut:
    """How far each of one's own conversations has come, in one short answer: what to ask first after a pause."""
    return HeadsOut(items=[HeadOut(**asdict(head)) for head in queries.heads(member())])


@blueprint.get("/conversations/<public_id>")
@requires(READ_CONVERSATION)
@blueprint.output(ConversationDetail)
@api_limited()
def conversation(public_id: str) -> ConversationDetail:
    """One conversation of one's own, and what it grew out of."""
    actor = member()
    return detail_out(queries.conversation_for(actor, public_id), actor)


@blueprint.post("/conversations/<public_id>/read")
@requires(READ_CONVERSATION)
@blueprint.input(ReadIn)
@blueprint.output(ReadOut)
@api_limited()
def mark_read(public_id: str, json_data: ReadIn) -> ReadOut:
    """Note how far one has read; the other one sees it."""
    return ReadOut(seq=services.mark_read(member(), public_id, json_data.seq, now=utcnow()))
