"""``flask demo seed``: a believable community, built through the use-cases."""

from flask.cli import AppGroup

demo_cli = AppGroup("demo", help="The demo community.")
