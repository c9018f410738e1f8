"""What the pages of milk share: their blueprint and the words on it."""

from typing import Any

from flask import Blueprint

from app.milk import words

blueprint = Blueprint("milk", __name__)


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    return {"milk_words": words}
