"""
The command line of the matcher: ``flask match …``; each command stands in a file of its own.

Flask finds this group by the entry point ``flask.commands`` before it loads the application, and a command's file is
imported when that command is asked for. So ``plan``, which needs no application, does not wait for one; the others ask
for it by ``with_appcontext``.

Flask imports this on its way through the commands of all packages. When a plan is asked for, its files begin to be read
(``ahead``) and the plan is made at once (``takeover``), without the half second that other packages' commands take.
"""

import sys
from importlib import import_module
from typing import Final

import click

from app.matching.commands import ahead, takeover

_COMMANDS: Final = {
    "index": "index_cli",
    "plan": "plan_command",
    "replay": "replay_command",
    "round": "round_command",
}
"""What each file of this folder offers; the file is called as its command."""


class _OnDemand(click.Group):
    """A group that imports a command when somebody asks for it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own signature.
        """Every command, in the order of the alphabet."""
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above.
        """The command of this name; None when there is none."""
        if cmd_name not in _COMMANDS:
            return None
        found: click.Command = getattr(import_module(f"{__name__}.{cmd_name}"), _COMMANDS[cmd_name])
        return found


match_cli = _OnDemand("match", help="The matcher: its index, its rounds, plans and replays.")

# Every other command line is passed over by both.
ahead.begin(sys.argv)
takeover.run_now(match_cli, sys.argv)
