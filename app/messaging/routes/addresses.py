"""Telling where to come, and taking it back; the card itself."""

from collections.abc import Mapping, Sequence
from typing import cast

from flask import Flask, redirect, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from app.infra.clock import utcnow
from app.kernel.access import Identity
from app.messaging import cards, queries, services
from app.messaging.forms import AddressForm, MessageForm
from app.messaging.permissions import WRITE_CONVERSATION
from app.messaging.queries import AddressView
from app.messaging.routes.blueprint import blueprint
from app.messaging.routes.outcome import outcome
from app.messaging.routes.shown import page
from app.web.access import requires
from app.web.limits import limited
from app.web.login import member


@blueprint.record_once
def _offer_cards(state: BlueprintSetupState) -> None:
    cards.register(cast("Flask", state.app), "address", _cards, "messaging/_address.html")


def _cards(person: Identity, public_ids: Sequence[str]) -> Mapping[str, AddressView]:
    return queries.addresses(person, public_ids, now=utcnow())


@blueprint.post("/messages/<public_id>/address")
@requires(WRITE_CONVERSATION)
@limited("30/hour")
def tell_address(public_id: str) -> ResponseReturnValue:
    """Show the other one where to come, or the page again with the reason why not."""
    form = AddressForm()
    conversation = queries.conversation_for(member(), public_id)
    typed = {"client_id": form.client_id.data, "address": form.address.data}
    return outcome(
        public_id,
        lambda: services.tell_address(member(), public_id, **typed, now=utcnow()),
        lambda refusal: page(conversation, MessageForm(formdata=None), refusal, told=form),
    )


@blueprint.post("/messages/addresses/<public_id>/hide")
@requires(WRITE_CONVERSATION)
def hide_address(public_id: str) -> ResponseReturnValue:
    """Show one's address no longer."""
    conversation = services.hide_address(member(), public_id, now=utcnow())
    return redirect(url_for("messaging.thread", public_id=conversation), 303)
