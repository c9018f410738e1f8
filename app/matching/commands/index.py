"""``flask match index …``: hold the index of live posts against the posts, and build it anew."""

from collections import Counter
from typing import Final

import click
from flask.cli import AppGroup, with_appcontext

from app.posts import services

MOST_NAMED: Final = 50
"""So many differences are named one by one; the rest is counted."""

index_cli = AppGroup("index", help="The index of live posts.")


@index_cli.command("verify")
@with_appcontext
def verify() -> None:
    """Compare every row with what its post says; name the differences and exit with 1 when there are any."""
    counted: Counter[str] = Counter()
    for number, difference in enumerate(services.verify_index(), 1):
        counted.update(difference.columns)
        if number <= MOST_NAMED:
            click.echo(f"post {difference.post_id}: {', '.join(difference.columns)}")
    if not counted:
        click.echo("The index says what the posts say.")
        return
    for column, times in sorted(counted.items()):
        click.echo(f"{column}: {times}")
    raise click.exceptions.Exit(1)


@index_cli.command("rebuild")
@with_appcontext
def rebuild() -> None:
    """Build the index anew from the posts, in one transaction."""
    click.echo(f"{services.rebuild_index()} posts are in the index.")
