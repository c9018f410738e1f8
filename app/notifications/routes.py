"""Pages of notices: translate to and from a use-case, nothing else."""

from flask import Blueprint

blueprint = Blueprint("notifications", __name__)
