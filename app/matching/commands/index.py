"""``flask match index …``: hold the index of live posts against the posts, and build it anew."""

from flask.cli import AppGroup

index_cli = AppGroup("index", help="The index of live posts.")
