"""Pages of search, matches and interests: translate to and from a use-case, nothing else."""

from flask import Blueprint

blueprint = Blueprint("matching", __name__)
