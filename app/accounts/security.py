"""Sign-in by library: Flask-Security on our tables, inside our transactions."""

from typing import Any, Final

from flask import Flask
from flask_security import Security, SQLAlchemyUserDatastore

from app.accounts.models import RoleRow, User
from app.infra.database import db

FAST_HASH: Final = {"argon2__time_cost": 1, "argon2__memory_cost": 64, "argon2__parallelism": 1}
"""Argon2 as cheap as it goes, for tests that sign in hundreds of times."""


def _active_account(uniquifier: str | None) -> User | None:
    if not uniquifier:
        return None
    person: User | None = db.session.query(User).filter_by(fs_uniquifier=uniquifier).one_or_none()
    return person if person is not None and person.active else None


def _options() -> dict[str, Any]:
    return {
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
    }


def install(app: Flask) -> None:
    """Attach Flask-Security and tell the socket server how to re-read an account."""
    app.config.update(_options())
    datastore = SQLAlchemyUserDatastore(db, User, RoleRow)
    security = Security(app, datastore, register_blueprint=True)
    if app.testing:
        security.pwd_context.update(**FAST_HASH)
    app.extensions["milkbridge_account_loader"] = _active_account
