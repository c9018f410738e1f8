"""Pages that belong to no capability: the home page and what Milkbridge is and is not."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.web.access import public

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
@public
def home() -> ResponseReturnValue:
    """Say what this is, what it is not, and where to begin."""
    return render_template("pages/home.html")
