"""The operations on addresses told in conversations: show one, read it while it is shown, take it back."""

import uuid

from flask import Response

from app.infra.clock import utcnow
from app.kernel.errors import NotFound
from app.messaging import queries, services
from app.messaging.api.conversations import blueprint
from app.messaging.api.models import AddressIn, AddressMade, AddressOut
from app.messaging.permissions import READ_CONVERSATION, WRITE_CONVERSATION
from app.web.access import requires
from app.web.api import PREFIX, Answered, api_limited, created
from app.web.login import member


@blueprint.post("/conversations/<public_id>/addresses")
@requires(WRITE_CONVERSATION)
@blueprint.input(AddressIn)
@blueprint.output(AddressMade, status_code=201)
@api_limited("30/hour")
def tell_address(public_id: str, json_data: AddressIn) -> Response:
    """Show the other one where to come, as a card; it ends by itself after 72 hours, or when the two have met."""

    def make() -> AddressMade:
        sent_id = json_data.client_id or str(uuid.uuid4())
        card = services.tell_address(member(), public_id, client_id=sent_id, address=json_data.address, now=utcnow())
        told = str((card.payload or {})["address"])
        return AddressMade(id=told, conversation=public_id, client_id=card.client_id, seq=card.seq)

    return created(make, _where)


def _where(told: Answered) -> str:
    return f"{PREFIX}/addresses/{told.id}" if isinstance(told, AddressMade) else ""


@blueprint.get("/addresses/<public_id>")
@requires(READ_CONVERSATION)
@blueprint.output(AddressOut)
@api_limited()
def address(public_id: str) -> AddressOut:
    """An address of one's own conversations, while it is shown."""
    return _as_shown(public_id)


@blueprint.post("/addresses/<public_id>/hide")
@requires(WRITE_CONVERSATION)
@blueprint.output(AddressOut)
@api_limited()
def hide_address(public_id: str) -> AddressOut:
    """Take back an address one told, at any time."""
    services.hide_address(member(), public_id, now=utcnow())
    return _as_shown(public_id)


def _as_shown(public_id: str) -> AddressOut:
    found = queries.addresses(member(), [public_id], now=utcnow()).get(public_id)
    if found is None:
        raise NotFound
    return AddressOut(
        id=found.public_id, address=found.address, mine=found.own, shown=found.shown, ends_at=found.ends_at
    )
