"""Pages of offers and requests: translate to and from a use-case, nothing else."""

from flask import Blueprint

blueprint = Blueprint("posts", __name__)
