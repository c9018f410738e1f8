"""Speaking first: a family's yes to an offer, a donor's invitation to a family."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.queries import person
from app.infra import event_bus
from app.infra.transaction import transaction
from app.kernel.access import Identity, authorise
from app.kernel.errors import Conflict, LimitReached, NotFound
from app.kernel.ids import new_public_id
from app.kernel.words import N_
from app.matching.configuration import matching_rules
from app.matching.events import InterestShown, InvitationSent
from app.matching.models import Interest
from app.matching.permissions import SPEAK_FIRST
from app.matching.queries.pairs import TwoPeople, judged, open_yeses, posts_of_pair
from app.matching.queries.sides import Pair
from app.matching.rules.feasible import Refusal
from app.matching.rules.life import (
    InterestState,
    Origin,
    reopen,
    room_for_first_contact,
    room_for_invitation,
    room_for_yes,
)
from app.matching.rules.notes import sound_note
from app.matching.services.answer import accept_row
from app.matching.services.notices import tell_full, tell_spoken_first
from app.matching.services.proposals import note_answer
from app.matching.services.rows import lock_pair, note_change
from app.matching.services.silence import note_heard
from app.posts.queries import PostView

_A_DAY: Final = timedelta(days=1)
_READ_AGAIN: Final = N_("The donor changed this offer after you opened it. Please read it again, then say yes.")
_CLOSED: Final = N_("This has ended in the meantime. Have a look at the others that fit.")
_TOO_FAR: Final = N_("This is too far for both of you. If you can travel further, change your radius and try again.")
_CONFLICT: Final = N_("What the donor states is against something you must have, so this milk does not fit.")
_WORDS: Final = {
    Refusal.NOT_LIVE: _CLOSED,
    Refusal.SPENT: _CLOSED,
    Refusal.OUT_OF_REACH: _TOO_FAR,
    Refusal.CONFLICT: _CONFLICT,
}


@dataclass(frozen=True, slots=True)
class _Contact:
    """Somebody about to speak first, with everything that decides whether they may."""

    actor: Identity
    offer: PostView
    request: PostView
    pair: Pair
    origin: Origin
    note: str
    disclosure_version: int | None


def say_yes(
    actor: Identity,
    offer_public_id: str,
    request_public_id: str,
    *,
    note: str = "",
    disclosure_version: int | None = None,
    now: datetime,
) -> str:
    """
    Say yes to an offer with one's own request, and return the interest's public id.

    ``disclosure_version`` is the offer's version that was read; another one since raises :class:`Conflict`. A second
    yes changes nothing; a yes to an open invitation accepts it. Raises :class:`NotFound` for posts that are not the
    actor's to bring together, :class:`Conflict` when the pair cannot meet or has been answered, :class:`LimitReached`
    when the line or the family is full, and :class:`Invalid` for the note.
    """
    try:
        return _speak(actor, offer_public_id, request_public_id, Origin.YES, note, disclosure_version, now=now)
    except LimitReached as error:
        if error.code == "offer_full":
            _leave_the_way_to_others(actor, offer_public_id, request_public_id, now=now)
        raise


def invite(actor: Identity, offer_public_id: str, request_public_id: str, *, note: str = "", now: datetime) -> str:
    """
    Invite a family to one's own offer, and return the interest's public id.

    Inviting twice changes nothing; inviting a family that waits in line chooses it. Raises as :func:`say_yes` does.
    """
    return _speak(actor, offer_public_id, request_public_id, Origin.INVITATION, note, None, now=now)


def _speak(
    actor: Identity,
    offer_public_id: str,
    request_public_id: str,
    origin: Origin,
    note: str,
    disclosure_version: int | None,
    *,
    now: datetime,
) -> str:
    with transaction() as session:
        lock_pair(session, offer_public_id, request_public_id)
        contact = _prepare(actor, offer_public_id, request_public_id, origin, note, disclosure_version, now=now)
        row = _existing(session, contact)
        if row is not None and row.state == InterestState.OPEN:
            return _meet_open(session, row, contact, now=now)
        _require_possible(contact)
        _require_room(session, contact, now=now)
        return _write(session, row, contact, now=now)


def _prepare(
    actor: Identity,
    offer_public_id: str,
    request_public_id: str,
    origin: Origin,
    note: str,
    disclosure_version: int | None,
    *,
    now: datetime,
) -> _Contact:
    offer, request = posts_of_pair(offer_public_id, request_public_id)
    authorise(actor, SPEAK_FIRST, TwoPeople(offer.author_id, request.author_id))
    speaks = request.author_id if origin is Origin.YES else offer.author_id
    if actor.person_id != speaks:
        raise NotFound
    pair = judged(offer, request, asked_by=actor.person_id, now=now)
    if {Refusal.BLOCKED, Refusal.OWN_POST} & set(pair.verdict.refusals):
        raise NotFound
    version = disclosure_version if disclosure_version is not None else offer.version
    return _Contact(actor, offer, request, pair, origin, sound_note(note), version if origin is Origin.YES else None)


def _existing(session: Session, contact: _Contact) -> Interest | None:
    return session.scalars(
        select(Interest).where(Interest.offer_id == contact.offer.id, Interest.request_id == contact.request.id)
    ).one_or_none()


def _meet_open(session: Session, row: Interest, contact: _Contact, *, now: datetime) -> str:
    """The same word said twice is one; the other side's word already there makes both agree."""
    if row.origin != contact.origin:
        accept_row(session, row, contact.actor, now=now)
    return row.public_id


def _require_possible(contact: _Contact) -> None:
    for refusal in contact.pair.verdict.against_people:
        raise Conflict(_WORDS[refusal], code=refusal)
    if contact.disclosure_version is not None and contact.disclosure_version != contact.offer.version:
        raise Conflict(_READ_AGAIN, code="read_again")


def _require_room(session: Session, contact: _Contact, *, now: datetime) -> None:
    trust = person(contact.actor.person_id).trust
    room_for_first_contact(trust=trust, today=_spoken_today(session, contact.actor.person_id, now))
    if contact.origin is Origin.YES:
        mine = _open(session, Interest.family_id == contact.request.author_id, Interest.origin == Origin.YES)
        room_for_yes(at_offer=open_yeses(contact.offer.id), of_family=mine, rules=matching_rules().rounds)
    else:
        invited = _open(session, Interest.offer_id == contact.offer.id, Interest.origin == Origin.INVITATION)
        room_for_invitation(at_offer=invited, rules=matching_rules().rounds)


def _open(session: Session, *conditions: object) -> int:
    counted = select(func.count()).select_from(Interest).where(Interest.state == InterestState.OPEN, *conditions)  # type: ignore[arg-type]
    return session.scalar(counted) or 0


def _spoken_today(session: Session, person_id: int, now: datetime) -> int:
    """To how many people somebody spoke first in the last day, whatever became of it."""
    as_family = (Interest.family_id == person_id) & (Interest.origin == Origin.YES)
    as_donor = (Interest.donor_id == person_id) & (Interest.origin == Origin.INVITATION)
    counted = select(func.count()).select_from(Interest).where(Interest.created_at > now - _A_DAY, as_family | as_donor)
    return session.scalar(counted) or 0


def _write(session: Session, row: Interest | None, contact: _Contact, *, now: datetime) -> str:
    """One row per pair, ever: what was taken back or ended with a pause is taken up again, at the end of the line."""
    old = None
    if row is None:
        row = Interest(
            public_id=new_public_id(), offer_id=contact.offer.id, request_id=contact.request.id,
            donor_id=contact.offer.author_id, family_id=contact.request.author_id,
        )  # fmt: skip
        session.add(row)
    else:
        old = InterestState(row.state)
        reopen(old)
    row.origin, row.state, row.note = contact.origin, InterestState.OPEN, contact.note
    row.disclosure_version = contact.disclosure_version
    row.points = round(contact.pair.for_donor * 100)
    row.created_at, row.answered_at = now, None
    session.flush()
    note_answer(session, row.offer_id, row.request_id, now=now)
    note_change(session, row, old, actor_id=contact.actor.person_id, reason=None, now=now)
    happened = InterestShown if contact.origin is Origin.YES else InvitationSent
    if contact.origin is Origin.INVITATION:
        note_heard(session, row.offer_id, now=now)
    event_bus.record(
        happened(
            at=now, interest_id=row.id, offer_id=row.offer_id, request_id=row.request_id, donor_id=row.donor_id,
            family_id=row.family_id,
        )
    )  # fmt: skip
    tell_spoken_first(row, contact.offer, contact.request, now=now)
    return row.public_id


def _leave_the_way_to_others(actor: Identity, offer_public_id: str, request_public_id: str, *, now: datetime) -> None:
    offer, request = posts_of_pair(offer_public_id, request_public_id)
    with transaction():
        tell_full(actor.person_id, offer, request, now=now)
