"""
A plan that begins while Flask still looks for commands, and so waits for nobody else's.

Flask imports the commands of every package before it runs one: those of two others bring a database's library and
half a second that no plan needs. Flask has read its own options by then, so when what is left of its command line is
ours, it is run here as Flask would run it, in the same context. Where Flask imports the others first, nothing is gained
and nothing is different.
"""

from collections.abc import Sequence
from typing import Final

import click

_ASKED: Final = ["match", "plan"]


def run_now(group: click.Group, command_line: Sequence[str]) -> None:
    """
    Run a plan of ``group`` and end with click's Exit, when Flask is just looking for the command of this command line.

    Gives back without a word in every other process: a server, a test, another command, a program that calls Flask with
    arguments of its own.
    """
    flask = click.get_current_context(silent=True)
    if flask is None or flask.parent is not None or flask.invoked_subcommand is not None:
        return
    try:
        _, left, _ = flask.command.make_parser(flask).parse_args(list(command_line[1:]))
    except click.UsageError:
        return
    if left[:2] != _ASKED:
        return
    with group.make_context(left[0], left[1:], parent=flask) as context:
        group.invoke(context)
    flask.exit()
