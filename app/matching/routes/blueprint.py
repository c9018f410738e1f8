"""The blueprint that the pages of matching share."""

from flask import Blueprint

blueprint = Blueprint("matching", __name__)
