"""The blueprint the pages of notices hang on."""

from flask import Blueprint

blueprint = Blueprint("notifications", __name__)
