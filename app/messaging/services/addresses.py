"""Telling the other one where to come, and taking it back."""

from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.infra import event_bus, jobs
from app.infra.transaction import transaction
from app.kernel.access import Identity
from app.kernel.errors import Invalid, NotFound
from app.kernel.ids import new_public_id
from app.kernel.words import N_
from app.messaging import queries, rules
from app.messaging.events import AddressEnded
from app.messaging.models import AddressCard
from app.messaging.queries import MessageView
from app.messaging.rules import Draft, Kind
from app.messaging.services.refusals import other_words
from app.messaging.services.storing import append
from app.screen.judge import Action, Context, Place, judge

END_ADDRESS: Final = "messaging.end_address"


def tell_address(
    actor: Identity, conversation_public_id: str, *, client_id: object, address: object, now: datetime
) -> MessageView:
    """
    Show the other one an address, as a card; it ends by itself after :data:`rules.ADDRESS_FOR`.

    Sent again under the same ``client_id``, the first card is returned. Raises as sending does, and :class:`Invalid` at
    ``address``.
    """
    sent_id, text = rules.clean_client_id(client_id), rules.clean_address(address)
    with transaction() as session:
        conversation = queries.conversation_for(actor, conversation_public_id)
        earlier = queries.message_of_client(actor.person_id, sent_id)
        if earlier is not None:
            return _same_card(session, earlier, conversation.id, text)
        _require_sound(text, conversation.id, actor)
        card = AddressCard(
            public_id=new_public_id(),
            conversation_id=conversation.id,
            writer_id=actor.person_id,
            address=text,
            told_at=now,
            ends_at=now + rules.ADDRESS_FOR,
        )
        session.add(card)
        session.flush()
        stored = append(
            session, conversation, actor.person_id, Draft(sent_id, Kind.CARD, "", {"address": card.public_id}), now=now
        )
        jobs.enqueue(
            END_ADDRESS, {"card": card.id}, now=now, unique_key=f"{END_ADDRESS}:{card.id}", delay=rules.ADDRESS_FOR
        )
        return stored


def _require_sound(text: str, conversation_id: int, actor: Identity) -> None:
    """A card reaches the other one at once, so whatever a message would be asked about or held for is refused here."""
    standing = queries.standing(conversation_id, actor.person_id)
    if standing.previous_held:
        raise Invalid(
            {"address": [N_("A moderator first reads what you wrote here. Then you can tell where to come.")]}
        )
    verdict = judge(text, context=Context(Place.MESSAGE, newcomer=standing.newcomer))
    if verdict.action is not Action.ALLOW:
        raise Invalid({"address": [N_("Only where to come belongs here.")]})


def _same_card(session: Session, earlier: MessageView, conversation_id: int, address: str) -> MessageView:
    public_id = (earlier.payload or {}).get("address", "")
    card = session.scalars(select(AddressCard).filter_by(public_id=public_id)).one_or_none()
    told = card is not None and card.address in {address, ""}
    if earlier.conversation_id != conversation_id or not told:
        raise other_words()
    return earlier


def hide_address(actor: Identity, card_public_id: str, *, now: datetime) -> str:
    """
    Take back an address one told, at any time, and return its conversation's public id; twice is once.

    Raises NotFound for anybody but its writer.
    """
    with transaction() as session:
        wanted = select(AddressCard).filter_by(public_id=card_public_id, writer_id=actor.person_id)
        card = session.scalars(wanted).one_or_none()
        if card is None:
            raise NotFound
        conversation = queries.conversation(card.conversation_id)
        _end(session, AddressCard.id == card.id, now=now)
        return conversation.public_id


def end_address(card_id: int, *, now: datetime) -> None:
    """End an address whose time is over."""
    with transaction() as session:
        _end(session, AddressCard.id == card_id, now=now)


def end_addresses(conversation_id: int, *, now: datetime) -> None:
    """End every address told in a conversation: the two have met. For the capability that knows of it."""
    with transaction() as session:
        _end(session, AddressCard.conversation_id == conversation_id, now=now)


def _end(session: Session, which: object, *, now: datetime) -> None:
    ended = session.execute(
        update(AddressCard)
        .where(which, AddressCard.ended_at.is_(None))  # type: ignore[arg-type]
        .values(address="", ended_at=now)
        .returning(AddressCard.id, AddressCard.conversation_id)
        .execution_options(synchronize_session="fetch")
    )
    for card_id, conversation_id in ended.all():
        event_bus.record(AddressEnded(at=now, conversation_id=conversation_id, address_id=card_id))
