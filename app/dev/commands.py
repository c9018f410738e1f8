"""``flask dev …`` and ``flask demo …``: serving, the demo community, preparing the test machine, screenshots."""

import sys

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from flask_migrate import upgrade

from app.dev import machine, serve
from config import Settings

demo_cli = AppGroup("demo", help="The demo community.")
dev_cli = AppGroup("dev", help="For contributors.")


def _settings() -> Settings:
    settings: Settings = current_app.extensions["milkbridge_settings"]
    return settings


@dev_cli.command("serve")
@with_appcontext
def serve_command() -> None:
    """Migrate, seed an empty database, and run server and worker."""
    settings = _settings()
    upgrade()
    sys.exit(
        serve.serve(settings, when_ready=lambda: click.echo(f"Milkbridge serves on http://127.0.0.1:{settings.port}"))
    )


@dev_cli.command("prepare-tests")
def prepare_tests_command() -> None:
    """Install what the tests need beside Python packages, where it is missing and may be installed."""
    for line in machine.prepare():
        click.echo(line)
