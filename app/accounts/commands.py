"""``flask users …``: people for operators and tests."""

from flask.cli import AppGroup

users_cli = AppGroup("users", help="Create, promote and inspect accounts.")
