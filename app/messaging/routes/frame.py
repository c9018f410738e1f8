"""What every page carries of messages: the count, and the end of what a device kept."""

from flask import Response, g, request

from app.messaging import queries
from app.messaging.queries import Told
from app.messaging.routes.blueprint import blueprint
from app.web.login import member, visitor


@blueprint.app_template_global("unread_messages")
def unread_messages() -> int:
    """How many messages wait for the visitor; 0 for somebody who is not signed in. Counted once per page."""
    person = visitor()
    if person is None:
        return 0
    if "unread_messages" not in g:
        g.unread_messages = queries.unread_total(person.person_id)
    return int(g.unread_messages)


@blueprint.after_app_request
def forget_device(answer: Response) -> Response:
    """Have the browser drop unsent messages and drafts when its person signs out."""
    if request.endpoint == "security.logout":
        answer.headers["Clear-Site-Data"] = '"storage"'
    return answer


@blueprint.app_template_global("told_in_conversation")
def told_in_conversation(interest_public_id: str) -> list[Told]:
    """What the donor answered in the conversation of an interest, for the page of the match below."""
    return queries.told_in_conversation(member(), interest_public_id)
