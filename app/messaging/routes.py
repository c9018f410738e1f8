"""Pages of conversations: translate to and from a use-case, nothing else."""

from flask import Blueprint

blueprint = Blueprint("messaging", __name__)
