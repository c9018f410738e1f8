"""
Tables of people, roles, consents and blocks.

Only the area of a home is stored, never a coordinate.
"""

import secrets
from datetime import datetime
from typing import Any

from flask_security import AsaList
from flask_security.core import RoleMixin, UserMixin
from flask_security.utils import _config_value as config_value
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, text
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.infra.database import Base

roles_users = Table(
    "roles_users",
    Base.metadata,
    Column("user_id", Integer, ForeignKey("users.id"), primary_key=True),
    Column("role_id", Integer, ForeignKey("roles.id"), primary_key=True),
)


class RoleRow(Base, RoleMixin):  # type: ignore[misc]
    """A role somebody may hold; the names are those of :class:`app.kernel.access.Role`."""

    __tablename__ = "roles"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    description: Mapped[str | None] = mapped_column(String(255))
    permissions: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(AsaList()))


class User(Base, UserMixin):  # type: ignore[misc]
    """
    A member.

    ``area_id`` is the published area of the home, or None until it is chosen.
    """

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True, default=lambda: secrets.token_hex(32))
    confirmed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    tf_last_counter: Mapped[int | None]
    tf_phone_number: Mapped[str | None] = mapped_column(String(128))
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(AsaList()))

    display_name: Mapped[str] = mapped_column(String(60))
    adult_confirmed_at: Mapped[datetime | None]
    area_id: Mapped[int | None]
    volume_unit: Mapped[str] = mapped_column(String(2), default="oz")
    distance_unit: Mapped[str] = mapped_column(String(2), default="mi")
    timezone: Mapped[str] = mapped_column(String(40), default="UTC")
    locale: Mapped[str] = mapped_column(String(10), default="en")
    trust: Mapped[int] = mapped_column(default=0)

    roles: Mapped[list[RoleRow]] = relationship(RoleRow, secondary=roles_users, lazy="selectin")

    __table_args__ = (
        CheckConstraint("volume_unit IN ('oz', 'ml')", name="volume_unit_known"),
        CheckConstraint("distance_unit IN ('mi', 'km')", name="distance_unit_known"),
        CheckConstraint("trust BETWEEN 0 AND 2", name="trust_known"),
    )

    def check_tf_required(self, tf_setup_methods: list[Any], tf_fresh: bool) -> tuple[bool, list[Any]]:  # noqa: FBT001 - the library's own signature.
        """Whether signing in needs the second factor, and by which methods; asked by the library at sign-in."""
        required, methods = super().check_tf_required(tf_setup_methods, tf_fresh)
        return required or self.check_tf_required_setup(), methods

    def check_tf_required_setup(self) -> bool:
        """Whether this person may not do without a second factor: the team, where the setting asks for it."""
        staff = any(role.name != "member" for role in self.roles)
        return staff and bool(config_value("STAFF_SECOND_FACTOR"))


class Consent(Base):
    """
    What somebody agreed to: append-only, except that a withdrawal puts its moment in.

    ``subject`` is empty for a consent that is not about one thing.
    """

    __tablename__ = "consents"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    purpose: Mapped[str] = mapped_column(String(60))
    text_version: Mapped[str] = mapped_column(String(20))
    text_hash: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(60), default="")
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_consents_in_force",
            "user_id",
            "purpose",
            "subject",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )


class Block(Base):
    """One person no longer wants to meet another; it works both ways and is silent."""

    __tablename__ = "blocks"

    id: Mapped[int] = mapped_column(primary_key=True)
    blocker_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    blocked_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("blocker_id", "blocked_id", name="uq_blocks_pair"),
        CheckConstraint("blocker_id <> blocked_id", name="not_oneself"),
    )


class PlaceChange(Base):
    """Each time somebody's own area changed; at most three in thirty days."""

    __tablename__ = "place_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    old_area_id: Mapped[int | None]
    new_area_id: Mapped[int]
    changed_at: Mapped[datetime]
    reason: Mapped[str | None] = mapped_column(Text)


class ApiToken(Base):
    """
    A key with which somebody's own program uses the JSON API.

    Only its digest is here; ``last_used_at`` is the hour of the last use. ``made_with_id`` is the token it was made
    with, None for one made on the site; with that one it ends.
    """

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    made_with_id: Mapped[int | None] = mapped_column(ForeignKey("api_tokens.id"), index=True)
