"""Use-cases of people: accounts, consents, blocks, preferences, trust, and the area somebody lives in."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import available_timezones

from flask_security import hash_password
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts import queries
from app.accounts.events import AccountShut, AreaChosen, ConsentGiven, ConsentWithdrawn, PersonBlocked, SessionsEnded
from app.accounts.models import Block, Consent, PlaceChange, RoleRow, User
from app.accounts.permissions import BLOCK_SOMEONE, CHANGE_OWN_ACCOUNT
from app.accounts.rules.consents import Purpose, is_outdated, text_of
from app.accounts.rules.drafts import AccountDraft, PreferencesDraft
from app.accounts.rules.names import name_problem
from app.accounts.rules.passwords import normalised_password, password_problem
from app.accounts.rules.places import CHANGE_WINDOW, is_far, may_change_place, usual_units
from app.geo.areas import AreaId
from app.infra import event_bus
from app.infra.areas.storage import load_catalogue
from app.infra.transaction import attempt, transaction, violated
from app.kernel.access import Identity, Role, authorise
from app.kernel.errors import Conflict, Invalid, LimitReached, NotFound
from app.kernel.ids import new_public_id
from app.kernel.text import one_line
from app.kernel.words import N_

NEWCOMER: Final = 0
UNCHOSEN_TIMEZONE: Final = "UTC"


def create_account(
    email: str,
    password: str,
    display_name: str,
    *,
    roles: Iterable[Role] = (),
    confirmed: bool = False,
    area_id: int | None = None,
    timezone: str = UNCHOSEN_TIMEZONE,
    now: datetime,
) -> int:
    """
    Create an account for an operator or the demo community and return its id.

    People sign up through the library's form instead. Raises :class:`Invalid` for a name or password the form would
    refuse, :class:`Conflict` when the e-mail has an account.
    """
    wanted = frozenset(roles)
    draft = AccountDraft(email.strip().lower(), normalised_password(password), one_line(display_name))
    _refuse_bad_account(draft, staff=bool(wanted - {Role.MEMBER}))
    with transaction() as session:
        person = User(
            public_id=new_public_id(),
            email=draft.email,
            password=hash_password(draft.password),
            confirmed_at=now if confirmed else None,
            created_at=now,
            display_name=draft.display_name,
            adult_confirmed_at=now,
            area_id=area_id,
            timezone=timezone,
            roles=[_role_row(session, role) for role in sorted(wanted)],
        )
        _add_person(session, person)
        return person.id


def _refuse_bad_account(draft: AccountDraft, *, staff: bool) -> None:
    problems = {
        "display_name": name_problem(draft.display_name),
        "password": password_problem(draft.password, staff=staff, known=(draft.email, draft.display_name)),
        "email": None if "@" in draft.email else N_("Please enter an e-mail address."),
    }
    fields = {field: [problem] for field, problem in problems.items() if problem}
    if fields:
        raise Invalid(fields)


def _add_person(session: Session, person: User) -> None:
    try:
        with attempt(session):
            session.add(person)
    except IntegrityError as error:
        if violated(error, "users.email") or violated(error, "uq_users_email"):
            raise Conflict(N_("There is an account with this e-mail already."), code="email_taken") from error
        raise


def _role_row(session: Session, role: Role) -> RoleRow:
    found = session.scalars(select(RoleRow).where(RoleRow.name == role.value)).one_or_none()
    if found is None:
        found = RoleRow(name=role.value)
        session.add(found)
    return found


def promote(email: str, role: Role) -> None:
    """Give the account with this e-mail ``role`` as well, for operators; raises :class:`NotFound`."""
    with transaction() as session:
        person = _person(session, queries.id_of_email(email))
        if role.value not in {row.name for row in person.roles}:
            person.roles.append(_role_row(session, role))


def _person(session: Session, person_id: int) -> User:
    found = session.get(User, person_id, with_for_update=True)
    if found is None:
        raise NotFound
    return found


def save_preferences(actor: Identity, draft: PreferencesDraft) -> None:
    """Change how ``actor`` is shown to others and how quantities and times are shown to ``actor``."""
    authorise(actor, CHANGE_OWN_ACCOUNT)
    name = one_line(draft.display_name)
    problem = name_problem(name)
    if problem:
        raise Invalid({"display_name": [problem]})
    with transaction() as session:
        person = _person(session, actor.person_id)
        person.display_name = name
        person.volume_unit = draft.volume_unit
        person.distance_unit = draft.distance_unit
        person.timezone = draft.timezone
        person.locale = draft.locale


def learn_timezone(actor: Identity, timezone: str) -> None:
    """Take the browser's ``timezone`` (an IANA name) for somebody who has not chosen one; an unknown one is ignored."""
    authorise(actor, CHANGE_OWN_ACCOUNT)
    if timezone not in available_timezones():
        return
    with transaction() as session:
        person = _person(session, actor.person_id)
        if person.timezone == UNCHOSEN_TIMEZONE:
            person.timezone = timezone


def give_consent(
    actor: Identity,
    purpose: str,
    *,
    text_version: str,
    text_hash: str,
    language: str,
    subject: str | None = None,
    now: datetime,
) -> None:
    """
    Record that ``actor`` agrees to ``purpose``; a consent in force is kept as it is, not doubled.

    One to words that named less ends with it, and nothing else does: what it covered is covered still.
    """
    authorise(actor, CHANGE_OWN_ACCOUNT)
    with transaction() as session:
        _end_outdated(session, actor.person_id, purpose, subject or "", text_version, now=now)
        consent = Consent(
            user_id=actor.person_id,
            purpose=purpose,
            text_version=text_version,
            text_hash=text_hash,
            language=language,
            subject=subject or "",
            given_at=now,
        )
        _add_once(session, consent, "uq_consents_in_force", "consents.user_id, consents.purpose, consents.subject")
        if not subject:
            event_bus.record(ConsentGiven(at=now, person_id=actor.person_id, purpose=purpose))


def _end_outdated(
    session: Session, person_id: int, purpose: str, subject: str, text_version: str, *, now: datetime
) -> None:
    if not is_outdated(purpose, text_version):
        session.execute(
            update(Consent)
            .where(
                Consent.user_id == person_id,
                Consent.purpose == purpose,
                Consent.subject == subject,
                Consent.withdrawn_at.is_(None),
                Consent.text_version.in_(text_of(Purpose(purpose)).earlier),
            )
            .values(withdrawn_at=now)
        )


def _add_once(session: Session, row: Consent | Block, constraint: str, columns: str) -> None:
    """Add ``row`` unless the constraint, by its name or as SQLite names it by ``columns``, says that it is there."""
    try:
        with attempt(session):
            session.add(row)
    except IntegrityError as error:
        if not (violated(error, constraint) or violated(error, columns)):
            raise


def withdraw_consent(actor: Identity, purpose: str, *, subject: str | None = None, now: datetime) -> None:
    """End ``actor``'s consent to ``purpose`` at once; ending one that is not in force changes nothing."""
    authorise(actor, CHANGE_OWN_ACCOUNT)
    with transaction() as session:
        # The person's row is locked, so that nothing is written under the consent while it ends.
        _person(session, actor.person_id)
        session.execute(
            update(Consent)
            .where(
                Consent.user_id == actor.person_id,
                Consent.purpose == purpose,
                Consent.subject == (subject or ""),
                Consent.withdrawn_at.is_(None),
            )
            .values(withdrawn_at=now)
        )
        if not subject:
            event_bus.record(ConsentWithdrawn(at=now, person_id=actor.person_id, purpose=purpose))


def block(actor: Identity, other_public_id: str, *, now: datetime) -> None:
    """
    Part ``actor`` and another for good: neither meets the other any more, and the other is not told.

    Blocking twice is blocking once; raises :class:`NotFound` for oneself or nobody.
    """
    authorise(actor, BLOCK_SOMEONE)
    with transaction() as session:
        other = queries.person_by_public_id(other_public_id)
        if other.id == actor.person_id:
            raise NotFound
        made = Block(blocker_id=actor.person_id, blocked_id=other.id, created_at=now)
        _add_once(session, made, "uq_blocks_pair", "blocks.blocker_id, blocks.blocked_id")
        event_bus.record(PersonBlocked(at=now, person_id=actor.person_id, other_id=other.id))


def unblock(actor: Identity, other_public_id: str) -> None:
    """Take ``actor``'s own block back; the other's block of ``actor``, if there is one, stays."""
    authorise(actor, BLOCK_SOMEONE)
    with transaction() as session:
        other = queries.person_by_public_id(other_public_id)
        found = session.scalars(
            select(Block).where(Block.blocker_id == actor.person_id, Block.blocked_id == other.id)
        ).one_or_none()
        if found is None:
            raise NotFound
        session.delete(found)


def choose_area(actor: Identity, area_id: int, *, now: datetime) -> None:
    """
    Make ``area_id`` the area ``actor`` lives in.

    The first choice is free, then three changes in thirty days; the same area again is no change. Raises
    :class:`LimitReached`, or :class:`NotFound` for an area that does not exist. The first choice also sets the units
    usual in that country; a far move makes the member a newcomer again.
    """
    authorise(actor, CHANGE_OWN_ACCOUNT)
    country = load_catalogue().area(AreaId(area_id)).country
    with transaction() as session:
        person = _person(session, actor.person_id)
        if person.area_id == area_id:
            return
        if person.area_id is None:
            person.volume_unit, person.distance_unit = usual_units(country)
        else:
            _count_change(session, person, area_id, now=now)
            if is_far(load_catalogue().distance(AreaId(person.area_id), AreaId(area_id))):
                person.trust = NEWCOMER
        person.area_id = area_id
        event_bus.record(AreaChosen(at=now, person_id=person.id, area_id=area_id))


def _count_change(session: Session, person: User, area_id: int, *, now: datetime) -> None:
    recent = session.scalars(
        select(PlaceChange.changed_at).where(
            PlaceChange.user_id == person.id, PlaceChange.changed_at > now - CHANGE_WINDOW - timedelta(days=1)
        )
    )
    if not may_change_place(recent, now=now):
        raise LimitReached(
            N_(
                "A place can change three times in thirty days. If you really moved again, please write to a moderator."
            ),
            code="place_changes",
        )
    session.add(PlaceChange(user_id=person.id, old_area_id=person.area_id, new_area_id=area_id, changed_at=now))


def raise_trust(person_id: int, level: int, *, now: datetime) -> None:
    """Lift somebody to trust ``level`` (1 or 2); somebody who stands higher already stays there."""
    del now
    with transaction() as session:
        person = _person(session, person_id)
        person.trust = max(person.trust, level)


def lower_trust(person_id: int, *, now: datetime) -> None:
    """Put somebody back among the newcomers, as after an upheld strike or a far move."""
    del now
    with transaction() as session:
        _person(session, person_id).trust = NEWCOMER


def end_sessions(person_id: int, *, now: datetime) -> None:
    """
    Sign somebody out on every device: whoever holds an old cookie is a visitor from now on, and open pages hang up.

    A cookie names its session by a random number of the account, so there is no ending one device alone.
    """
    with transaction() as session:
        _person(session, person_id).fs_uniquifier = secrets.token_hex(32)
        event_bus.record(SessionsEnded(at=now, person_id=person_id))


def deactivate(person_id: int, *, now: datetime) -> None:
    """Shut an account: its sessions and open pages end at once, and nobody can sign in to it."""
    with transaction() as session:
        _person(session, person_id).active = False
        event_bus.record(AccountShut(at=now, person_id=person_id))
        end_sessions(person_id, now=now)
