"""
Who somebody is, and the shape of the permission table.

A permission is a name with a one-line predicate over (identity, context). Each capability lists its own in
``permissions.py``; a route or socket event declares the one it needs, and the use-case checks it again with the
loaded context.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.kernel.errors import Forbidden, NotFound


class Role(StrEnum):
    """What somebody may be trusted with beside being a member."""

    MEMBER = "member"
    MODERATOR = "moderator"
    SCREENER = "screener"
    COORDINATOR = "coordinator"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as the use-cases see one: detached from session and database, re-read for every request and socket
    event.
    """

    person_id: int
    roles: frozenset[Role] = field(default_factory=frozenset)

    def has(self, role: Role) -> bool:
        """Whether the person holds ``role``; an admin holds every staff role."""
        return role in self.roles or Role.ADMIN in self.roles


@dataclass(frozen=True, slots=True)
class Claim:
    """
    Who somebody was when they were let in, and by what: the session's account key. Not read again since.

    It proves nothing: whoever acts on it proves it in the same step, and without that does nothing.
    """

    person_id: int
    account: str = field(repr=False)


Predicate = Callable[[Identity, Any], bool]


@dataclass(frozen=True, slots=True)
class Permission:
    """
    A name, who it allows, and how a refusal looks.

    ``role`` is checked before any object is loaded. ``conceals`` makes a refusal look like absence (404), which is
    right wherever existence itself is private.
    """

    name: str
    allows: Predicate
    role: Role | None = None
    conceals: bool = True

    def refuse(self) -> Exception:
        """The error a refused person gets."""
        return NotFound() if self.conceals else Forbidden()


def anyone(_identity: Identity, _context: object) -> bool:
    """Allow every signed-in member."""
    return True


def authorise(actor: Identity, permission: Permission, context: object = None) -> None:
    """Return quietly when ``actor`` may, raise :class:`NotFound` or :class:`Forbidden` when not."""
    if permission.role is not None and not actor.has(permission.role):
        raise permission.refuse()
    if not permission.allows(actor, context):
        raise permission.refuse()
