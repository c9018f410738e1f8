"""The command line of the matcher: ``flask match …``; each command stands in a file of its own."""

from flask.cli import AppGroup

from app.matching.commands.index import index_cli
from app.matching.commands.plan import plan_command
from app.matching.commands.replay import replay_command
from app.matching.commands.round import round_command

match_cli = AppGroup("match", help="The matcher: its index, its rounds, plans and replays.")
match_cli.add_command(index_cli)
match_cli.add_command(plan_command)
match_cli.add_command(round_command)
match_cli.add_command(replay_command)
