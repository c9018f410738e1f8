"""Whether the process is alive, and whether it can serve: database answers and stands at the newest migration."""

from dataclasses import asdict
from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.infra import jobs
from app.infra.clock import utcnow
from app.infra.database import db
from app.web.access import public

blueprint = Blueprint("health", __name__)


def at_head() -> bool:
    """Whether the database stands at the newest migration."""
    scripts = Config()
    scripts.set_main_option("script_location", str(Path(current_app.root_path).parent / "migrations"))
    with db.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current == ScriptDirectory.from_config(scripts).get_current_head()


@blueprint.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    """Answer that the process serves requests; nothing else is looked at."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """
    Answer 200 when database, queue and migrations are in order, 503 with what is not.

    How late the workers are and how many jobs are dead is told beside it: that is no reason to take pages away.
    """
    checks = {"database": False, "queue": False, "migrations": False}
    late: dict[str, int] = {}
    try:
        db.session.execute(text("SELECT 1"))
        checks["database"] = True
        checks["migrations"] = at_head()
        late = asdict(jobs.standing(now=utcnow()))
        checks["queue"] = True
    except SQLAlchemyError:
        db.session.rollback()
    good = all(checks.values())
    return jsonify(status="ok" if good else "not ready", checks=checks, jobs=late), 200 if good else 503
