"""Roles and permissions: who may, and how a refusal looks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.access import Identity, Permission, Role, anyone, authorise
from app.kernel.errors import Forbidden, NotFound

OWN = Permission("own", allows=lambda actor, owner: actor.person_id == owner)
OPEN_SECRET = Permission("own", allows=lambda actor, owner: actor.person_id == owner, conceals=False)
REVIEW = Permission("review", allows=anyone, role=Role.MODERATOR)


def somebody(*roles: Role) -> Identity:
    return Identity(1, frozenset(roles))


def test_the_owner_may_and_a_stranger_finds_nothing():
    authorise(somebody(), OWN, 1)
    with pytest.raises(NotFound):
        authorise(somebody(), OWN, 2)


def test_a_refusal_that_conceals_nothing_says_no():
    with pytest.raises(Forbidden):
        authorise(somebody(), OPEN_SECRET, 2)


@pytest.mark.parametrize(
    ("roles", "may"),
    [((), False), ((Role.MEMBER,), False), ((Role.SCREENER,), False), ((Role.MODERATOR,), True), ((Role.ADMIN,), True)],
)
def test_a_role_is_needed_where_the_permission_names_one(roles, may):
    if may:
        authorise(somebody(*roles), REVIEW)
    else:
        with pytest.raises(NotFound):
            authorise(somebody(*roles), REVIEW)


def test_the_role_is_checked_before_the_object_is_looked_at():
    def never(_actor: Identity, _context: object) -> bool:
        raise AssertionError

    with pytest.raises(NotFound):
        authorise(somebody(), Permission("x", allows=never, role=Role.ADMIN))


@given(st.sampled_from(Role))
def test_an_admin_holds_every_role(role):
    assert somebody(Role.ADMIN).has(role)
    assert somebody(role).has(role)
