"""The picture of a reported message, for moderators alone: as evidence it outlives its deletion."""

from sqlalchemy import select

from app.infra.database import db
from app.kernel.access import Identity, authorise
from app.kernel.errors import NotFound
from app.messaging.models import Message
from app.messaging.queries import PictureView, earlier_versions, picture_as_evidence
from app.moderation.models import Case
from app.moderation.permissions import SEE_CASE
from app.moderation.queries.cases import facts_of, loaded
from app.moderation.rules import TargetKind


def picture_of_message(message_id: int) -> PictureView | None:
    """What a message shows, or showed before it was deleted; None for one without a picture, and when it is gone."""
    said = db.session.scalars(select(Message.payload).where(Message.id == message_id)).one()
    before = earlier_versions([message_id]).get(message_id, ())
    shown = [
        payload["picture"] for payload in (said, *(one.payload for one in before)) if payload and "picture" in payload
    ]
    return picture_as_evidence(shown[0]) if shown else None


def picture_of_case(actor: Identity, case_public_id: str) -> PictureView:
    """
    The picture of the message a case is about.

    Raises :class:`NotFound` for everybody but moderators, for a case about oneself or about no picture, and for a
    picture that is gone.
    """
    row = loaded(Case.public_id == case_public_id)
    authorise(actor, SEE_CASE, facts_of(row))
    found = picture_of_message(row.target_id) if row.target_kind == TargetKind.MESSAGE else None
    if found is None:
        raise NotFound
    return found
