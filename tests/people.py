"""Makes people straight in the tables, for tests that are about something else."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache

from flask_security import hash_password

from app.accounts.models import Consent, RoleRow, User
from app.accounts.rules.consents import TEXTS, fingerprint
from app.infra.transaction import transaction
from app.kernel.access import Identity, Role
from app.kernel.ids import new_public_id

PASSWORD = "correct horse battery staple"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=1)
def hashed() -> str:
    """The cast's shared password, hashed once per process."""
    return str(hash_password(PASSWORD))


def add_person(
    name: str,
    *,
    area_id: int | None = 1,
    roles: Iterable[Role] = (),
    trust: int = 1,
    created_at: datetime = LONG_AGO,
    agreed: bool = True,
    health: bool = True,
) -> tuple[int, str, str, Identity]:
    """Add a confirmed member, who agreed to everything (or, without ``health``, to what joining needs), and return (id,
    e-mail, display name, identity).
    """
    wanted = set(roles)
    with transaction() as session:
        rows = [_role(session, role) for role in wanted]
        user = User(
            public_id=new_public_id(), email=f"{name.lower()}@example.org", password=hashed(), confirmed_at=created_at,
            created_at=created_at, display_name=name, adult_confirmed_at=created_at, area_id=area_id, trust=trust,
            roles=rows,
        )  # fmt: skip
        session.add(user)
        session.flush()
        if agreed:
            session.add_all(_consents(user.id, created_at, health=health))
        return user.id, user.email, user.display_name, Identity(user.id, frozenset(wanted))


def _consents(user_id: int, given_at: datetime, *, health: bool) -> list[Consent]:
    return [
        Consent(
            user_id=user_id, purpose=text.purpose.value, text_version=text.version, text_hash=fingerprint(text.words()),
            language="en", given_at=given_at,
        )
        for text in TEXTS.values()
        if text.required or health
    ]  # fmt: skip


def _role(session, role: Role) -> RoleRow:
    found = session.query(RoleRow).filter_by(name=role.value).one_or_none()
    if found is None:
        found = RoleRow(name=role.value)
        session.add(found)
    return found
