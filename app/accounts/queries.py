"""The read side of people: what other capabilities and pages may know of somebody."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, bindparam, or_, select
from sqlalchemy.orm import joinedload

from app.accounts.models import ApiToken, Block, Consent, RoleRow, User, roles_users
from app.accounts.rules.consents import TEXTS, versions_from
from app.accounts.rules.tokens import digest, looks_like_token, opens, same
from app.geo.areas import AreaId
from app.infra.direct import Direct
from app.infra.reading import Statement, among, read
from app.infra.transaction import session
from app.kernel.access import Identity, Role
from app.kernel.errors import NotFound

_USER: Final = User.__table__.c
_BLOCK: Final = Block.__table__.c
_CONSENT: Final = Consent.__table__.c
_BLOCKS_OF: Final[Statement] = select(_BLOCK.blocker_id, _BLOCK.blocked_id).where(
    or_(_BLOCK.blocker_id == bindparam("person"), _BLOCK.blocked_id == bindparam("person"))
)
_CONSENTING: Final[Statement] = select(_CONSENT.user_id).where(
    among(_CONSENT.user_id),
    _CONSENT.purpose == bindparam("purpose"),
    _CONSENT.subject == "",
    _CONSENT.withdrawn_at.is_(None),
)
_GIVEN: Final[Statement] = select(_CONSENT.purpose).where(
    _CONSENT.user_id == bindparam("person"), _CONSENT.withdrawn_at.is_(None)
)


@dataclass(frozen=True, slots=True)
class PersonView:
    """
    Somebody as other capabilities see them.

    ``area_id`` is None until a place is chosen; ``trust`` is 0 for a newcomer, 1 or 2. E-mail is not here: see
    :func:`email_of`.
    """

    id: int
    public_id: str
    display_name: str
    area_id: AreaId | None
    trust: int
    volume_unit: str
    distance_unit: str
    timezone: str
    locale: str
    created_at: datetime
    active: bool


_SEEN: Final = select(*(_USER[field.name] for field in fields(PersonView)))
_PERSON: Final = Direct(_SEEN.where(_USER.id == bindparam("id")))
_PEOPLE: Final[Statement] = _SEEN.where(among(_USER.id))


@dataclass(frozen=True, slots=True)
class ConsentView:
    """A consent that is in force; ``subject`` is empty when it is not about one thing."""

    purpose: str
    text_version: str
    subject: str
    given_at: datetime


def _view(person: User) -> PersonView:
    return PersonView(
        id=person.id,
        public_id=person.public_id,
        display_name=person.display_name,
        area_id=AreaId(person.area_id) if person.area_id is not None else None,
        trust=person.trust,
        volume_unit=person.volume_unit,
        distance_unit=person.distance_unit,
        timezone=person.timezone,
        locale=person.locale,
        created_at=person.created_at,
        active=person.active,
    )


def person(person_id: int) -> PersonView:
    """The person with this id; raises :class:`NotFound`."""
    rows = _PERSON.alone(id=person_id)
    if not rows:
        raise NotFound
    return PersonView(*rows[0])


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role by its name."""

    name: str


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks through a live page: no more than every event has to know anew."""

    id: int
    roles: tuple[HeldRole, ...]


_SPEAKER: Final = Direct(
    select(_USER.id, RoleRow.__table__.c.name)
    .outerjoin(roles_users, roles_users.c.user_id == _USER.id)
    .outerjoin(RoleRow.__table__, RoleRow.__table__.c.id == roles_users.c.role_id)
    .where(_USER.fs_uniquifier == bindparam("uniquifier"), _USER.active)
)


def speaker(uniquifier: str) -> Speaker | None:
    """The open account a session stands for, as the database has it now; None when it is shut or the session over."""
    rows = _SPEAKER.alone(uniquifier=uniquifier)
    return Speaker(rows[0][0], tuple(HeldRole(row[1]) for row in rows if row[1] is not None)) if rows else None


def anybody() -> bool:
    """Whether there is any account at all."""
    return session().scalar(select(User.id).limit(1)) is not None


def person_by_public_id(public_id: str) -> PersonView:
    """The person with this public id; raises :class:`NotFound`."""
    found = session().scalars(select(User).where(User.public_id == public_id)).one_or_none()
    if found is None:
        raise NotFound
    return _view(found)


def people(ids: Iterable[int]) -> dict[int, PersonView]:
    """The people with these ids, by id; unknown ids are left out."""
    wanted = set(ids)
    if not wanted:
        return {}
    return {row.id: PersonView(*row) for row in read(_PEOPLE, ids=wanted)}


def with_open_account(person_ids: Iterable[int]) -> frozenset[int]:
    """Those of these people whose account is not shut."""
    wanted = set(person_ids)
    if not wanted:
        return frozenset()
    return frozenset(session().scalars(select(User.id).where(User.id.in_(wanted), User.active.is_(True))))


def id_of_email(email: str) -> int:
    """The id of the account with this e-mail, whatever its letters' case; raises :class:`NotFound`."""
    found = session().scalars(select(User.id).where(User.email == email.strip().lower())).one_or_none()
    if found is None:
        raise NotFound
    return int(found)


def email_of(person_id: int) -> str:
    """The e-mail to write to, for mail only: it is shown to nobody; raises :class:`NotFound`."""
    found = session().scalars(select(User.email).where(User.id == person_id)).one_or_none()
    if found is None:
        raise NotFound
    return str(found)


def may_be_reached(person_id: int) -> bool:
    """Whether something may be sent to this person outside the site: the account is open and its e-mail confirmed."""
    open_account = select(User.id).where(User.id == person_id, User.active.is_(True), User.confirmed_at.is_not(None))
    return session().scalar(open_account) is not None


def reachable(person_ids: Iterable[int]) -> frozenset[int]:
    """Those of these people to whom something may be sent outside the site, as :func:`may_be_reached` says of one."""
    wanted = set(person_ids)
    found = select(User.id).where(User.id.in_(wanted), User.active.is_(True), User.confirmed_at.is_not(None))
    return frozenset(session().scalars(found)) if wanted else frozenset()


def mail_of(person_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Where to write to these people and in which language, for mail only: (e-mail, locale) by person."""
    wanted = set(person_ids)
    found = select(User.id, User.email, User.locale).where(User.id.in_(wanted))
    return {row[0]: (row[1], row[2]) for row in session().execute(found)} if wanted else {}


def ids_with_role(role: Role) -> frozenset[int]:
    """The active people who hold ``role`` itself (an admin only when he holds it too)."""
    found = session().scalars(select(User.id).where(User.active.is_(True), User.roles.any(name=role.value)))
    return frozenset(found)


def blocked_ids(person_id: int) -> frozenset[int]:
    """Everyone who blocked this person or whom this person blocked."""
    pairs = read(_BLOCKS_OF, person=person_id)
    return frozenset(blocked if blocker == person_id else blocker for blocker, blocked in pairs)


def are_blocked(a: int, b: int) -> bool:
    """Whether either of the two blocked the other."""
    return b in blocked_ids(a)


def own_blocks(actor: Identity) -> list[PersonView]:
    """The people ``actor`` blocked, newest first; who blocked ``actor`` is never told."""
    found = session().scalars(
        select(User)
        .join(Block, Block.blocked_id == User.id)
        .where(Block.blocker_id == actor.person_id)
        .order_by(Block.created_at.desc(), Block.id.desc())
    )
    return [_view(blocked) for blocked in found]


def active_consents(person_id: int) -> list[ConsentView]:
    """The person's consents in force, oldest first."""
    found = session().scalars(
        select(Consent).where(Consent.user_id == person_id, Consent.withdrawn_at.is_(None)).order_by(Consent.id)
    )
    return [ConsentView(row.purpose, row.text_version, row.subject, row.given_at) for row in found]


def active_consent(person_id: int, purpose: str, subject: str | None = None, *, since: str | None = None) -> bool:
    """
    Whether the person's consent to ``purpose`` (for ``subject``, when one is given) is in force right now.

    For what the words name only since a version of theirs, give it as ``since``: a consent to older words is none then.
    """
    found = select(Consent.id).where(
        Consent.user_id == person_id,
        Consent.purpose == purpose,
        Consent.subject == (subject or ""),
        Consent.withdrawn_at.is_(None),
    )
    if since is not None:
        found = found.where(Consent.text_version.in_(versions_from(purpose, since)))
    return session().scalars(found.limit(1)).first() is not None


def consenting(person_ids: Iterable[int], purpose: str) -> frozenset[int]:
    """Those of these people whose consent to ``purpose`` is in force right now."""
    wanted = list(set(person_ids))
    return frozenset(row[0] for row in read(_CONSENTING, ids=wanted, purpose=purpose)) if wanted else frozenset()


def agrees(
    person_id: ColumnElement[int], purpose: ColumnElement[str], versions: tuple[str, ...] = ()
) -> ColumnElement[bool]:
    """
    The condition that the person of a row consents to ``purpose`` right now: for statements that read many.

    With ``versions`` only a consent to one of these versions of its words counts.
    """
    given = select(_CONSENT.id).where(
        _CONSENT.user_id == person_id,
        _CONSENT.purpose == purpose,
        _CONSENT.subject == "",
        _CONSENT.withdrawn_at.is_(None),
    )
    return (given.where(_CONSENT.text_version.in_(versions)) if versions else given).exists()


def has_agreed(person_id: int) -> bool:
    """Whether the person's consent to everything that joining requires is in force."""
    given = {row[0] for row in read(_GIVEN, person=person_id)}
    return all(text.purpose.value in given for text in TEXTS.values() if text.required)


def has_second_factor(person_id: int) -> bool:
    """Whether the person signs in with a code of an authenticator app too."""
    return session().scalars(select(User.tf_primary_method).where(User.id == person_id)).first() is not None


def sealed_second_factor(email: str) -> str | None:
    """The encrypted secret of the person's authenticator app, for the development command; None when there is none."""
    return session().scalars(select(User.tf_totp_secret).where(User.email == email.strip().lower())).first()


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token as its owner sees it: never the secret. ``last_used_at`` is an hour, None before the first use."""

    public_id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime
    revoked_at: datetime | None


def _token_view(row: ApiToken) -> TokenView:
    return TokenView(row.public_id, row.name, row.created_at, row.last_used_at, row.expires_at, row.revoked_at)


def own_tokens(actor: Identity, *, now: datetime) -> list[TokenView]:
    """``actor``'s tokens that still open a door, newest first."""
    found = session().scalars(
        select(ApiToken)
        .where(ApiToken.user_id == actor.person_id, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now)
        .order_by(ApiToken.created_at.desc(), ApiToken.id.desc())
    )
    return [_token_view(row) for row in found]


_HOLDER: Final = (
    select(User, ApiToken)
    .join(ApiToken, ApiToken.user_id == User.id)
    .where(ApiToken.digest == bindparam("digest"))
    .options(joinedload(User.roles))
)


def holder_of(token: str, *, now: datetime) -> tuple[User, TokenView] | None:
    """The account a token speaks for, read anew, with the token; None for one that opens no door, or whose account is
    shut or not confirmed. Only the sign-in of the API may ask for a row.
    """
    if not looks_like_token(token):
        return None
    found = session().execute(_HOLDER, {"digest": digest(token)}).unique().all()
    if not found:
        return None
    person, kept = found[0]
    sound = same(kept.digest, token) and opens(expires_at=kept.expires_at, revoked_at=kept.revoked_at, now=now)
    return (person, _token_view(kept)) if sound and person.active and person.confirmed_at is not None else None
