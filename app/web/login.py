"""Who is asking: the signed-in person as a detached :class:`~app.kernel.access.Identity`."""

from typing import Any

from flask import current_app, g
from flask_login import current_user

from app.kernel.access import Identity, Role


def identity_of(person: Any) -> Identity:  # noqa: ANN401 - flask-login's proxy or a row of the accounts table.
    """The identity of a loaded account."""
    return Identity(person.id, frozenset(Role(role.name) for role in person.roles))


def visitor() -> Identity | None:
    """The signed-in person, or None for somebody who has not signed in."""
    return identity_of(current_user) if current_user.is_authenticated else None


def member() -> Identity:
    """
    The signed-in person.

    Call it only where a view carries ``@requires``, which let nobody else in.
    """
    found = visitor()
    if found is None:
        msg = "member() needs a view with @requires"
        raise RuntimeError(msg)
    return found


def be(person: Any) -> None:  # noqa: ANN401 - a row of the accounts table, or None for nobody.
    """Let ``person`` be the visitor of this request, whatever its cookies say."""
    g._login_user = person or current_app.login_manager.anonymous_user()  # type: ignore[attr-defined] # noqa: SLF001 - where flask-login itself keeps the visitor; it offers no other door that leaves the session alone.
