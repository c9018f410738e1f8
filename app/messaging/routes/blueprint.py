"""The blueprint that the pages of conversations share."""

from flask import Blueprint

from app.messaging import words

blueprint = Blueprint("messaging", __name__)


blueprint.add_app_template_filter(words.local_day, "local_day")
