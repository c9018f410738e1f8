"""Every table of the application, for the comparison of models and migrations."""

import pkgutil
from importlib import import_module

from sqlalchemy import MetaData

import app
from app.infra.database import Base


def metadata() -> MetaData:
    """The metadata with each capability's ``models`` module loaded."""
    import_module("app.infra.jobs")
    import_module("app.infra.idempotency")
    for package in pkgutil.iter_modules(app.__path__):
        if package.ispkg and any(
            found.name == "models" for found in pkgutil.iter_modules([f"{app.__path__[0]}/{package.name}"])
        ):
            import_module(f"app.{package.name}.models")
    return Base.metadata
