"""The blueprint that the pages of posts share."""

from flask import Blueprint

blueprint = Blueprint("posts", __name__)
