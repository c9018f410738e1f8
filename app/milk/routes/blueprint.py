"""What the pages of milk share: their blueprint and the words on it."""

from datetime import datetime
from typing import Any

from flask import Blueprint

from app.milk import queries, words
from app.web.login import visitor

blueprint = Blueprint("milk", __name__)


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    return {"milk_words": words}


@blueprint.app_template_global("giving_rests_since")
def giving_rests_since() -> datetime | None:
    """Since when the reader's own giving rests, None when it does not."""
    reader = visitor()
    found = queries.rest_of(reader.person_id) if reader else None
    return found.began_at if found else None
