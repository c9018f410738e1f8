"""Pages of people and their settings: translate to and from a use-case, nothing else."""

from flask import Blueprint

blueprint = Blueprint("accounts", __name__)
