"""Pages of handoffs: translate to and from a use-case, nothing else."""

from flask import Blueprint

blueprint = Blueprint("handoffs", __name__)
