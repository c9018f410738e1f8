"""Pages of reports and review: translate to and from a use-case, nothing else."""

from flask import Blueprint

blueprint = Blueprint("moderation", __name__)
