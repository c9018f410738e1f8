"""``flask push``: the keys of web push."""

import click

from app.infra.push import new_keys


@click.group("push")
def push_cli() -> None:
    """News in browsers, by web push."""


@push_cli.command("keys")
def keys() -> None:
    """Print a new pair of keys; the private one belongs in PUSH_KEY."""
    pair = new_keys()
    click.echo(f"PUSH_KEY={pair.private}")
    click.echo(f"# The public half, which browsers are given: {pair.public}")
