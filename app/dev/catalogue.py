"""
The catalogue of what the application offers: settings, permissions, events, socket events, commands, job kinds, pages,
operations of the API.

``flask dev catalogue`` prints it; ``docs/catalogue.md`` holds it, and a test compares the two. Everything is read from
the running application, so nothing can be forgotten.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from types import ModuleType
from typing import Any, Final

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from werkzeug.routing import Rule

import app as package
from app.infra.jobs import registry
from app.kernel.access import Permission
from app.kernel.events import Event
from app.web.access import mark_of
from app.web.realtime import SOCKET_EVENTS
from config import Settings

HEADER: Final = """# Catalogue

Everything the application offers, by name. `flask --app wsgi dev catalogue` prints this page from the running
application; a test fails when the two differ. After a change: `flask --app wsgi dev catalogue > docs/catalogue.md`."""

Rows = Iterable[tuple[str, ...]]


class _Recorder(Mapping[str, str]):
    """An empty environment that notes which variables are asked for, in order, and with which default."""

    def __init__(self) -> None:
        self.asked: dict[str, str] = {}

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - as Mapping has it.
        """Note the variable and give back its default."""
        self.asked[key] = str(default)
        return default

    def __getitem__(self, key: str) -> str:
        """Nothing is set."""
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        """Nothing is set."""
        return iter(())

    def __len__(self) -> int:
        """Nothing is set."""
        return 0


def settings() -> Rows:
    """Each variable of the environment the settings are read from, by name."""
    recorder = _Recorder()
    Settings.from_environment(recorder)
    return [(name,) for name in sorted(recorder.asked)]


def _modules(name: str) -> Iterator[ModuleType]:
    """The module ``name`` of every capability that has one."""
    for found in pkgutil.iter_modules(package.__path__):
        folder = f"{package.__path__[0]}/{found.name}"
        if found.ispkg and any(each.name == name for each in pkgutil.iter_modules([folder])):
            yield importlib.import_module(f"app.{found.name}.{name}")


def _first_line(thing: object) -> str:
    return " ".join((inspect.getdoc(thing) or "").split("\n\n", maxsplit=1)[0].split())


def permissions() -> Rows:
    """Each permission, the role it needs, and how a refusal looks."""
    found = {
        value.name: (value.role or "", "404" if value.conceals else "403")
        for module in _modules("permissions")
        for value in vars(module).values()
        if isinstance(value, Permission)
    }
    return [(name, str(role), refusal) for name, (role, refusal) in sorted(found.items())]


def events() -> Rows:
    """Each event, the capability that publishes it, and what happened."""
    found = [
        (value.__name__, module.__name__.split(".")[1], _first_line(value))
        for module in _modules("events")
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Event) and value.__module__ == module.__name__
    ]
    return sorted(found)


def socket_events() -> Rows:
    """Each event a browser may send, and the permission it needs."""
    return sorted(SOCKET_EVENTS.items())


def commands(app: Flask) -> Rows:
    """Each command of ours, with its first line of help."""
    return sorted(
        (name, (command.help or "").split("\n", maxsplit=1)[0])
        for name, command in _walk(app.cli, "flask")
        if command.callback is not None and (command.callback.__module__ or "").startswith("app.")
    )


def _walk(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _walk(command, f"{path} {name}")
        elif command is not None:
            yield f"{path} {name}", command


def job_kinds() -> Rows:
    """Each kind of background job, and how often it comes round by itself."""
    found = registry()
    return [(kind, _period(found.periods.get(kind))) for kind in sorted(found.handlers)]


def _period(period: timedelta | None) -> str:
    return f"every {period}" if period is not None else ""


def pages(app: Flask) -> Rows:
    """Each route of the site with its methods and mark."""
    return [row for row in _routes(app) if not row[0].startswith("/api/")]


def api_routes(app: Flask) -> Rows:
    """Each operation of the JSON API with its methods and mark."""
    return [row for row in _routes(app) if row[0].startswith("/api/")]


def _routes(app: Flask) -> list[tuple[str, ...]]:
    return sorted(
        (rule.rule, _methods(rule), rule.endpoint, mark_of(app, rule.endpoint) or "")
        for rule in app.url_map.iter_rules()
    )


def _methods(rule: Rule) -> str:
    return ", ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))


def _table(title: str, columns: tuple[str, ...], rows: Rows) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    head = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    return "\n".join([f"## {title}", "", *head, *lines])


def catalogue(app: Flask) -> str:
    """The whole catalogue of ``app`` as Markdown, without a final line break; needs an application context."""
    parts = (
        HEADER,
        _table("Settings", ("variable",), settings()),
        _table("Permissions", ("permission", "role", "refusal"), permissions()),
        _table("Events", ("event", "capability", "what happened"), events()),
        _table("Socket events", ("event", "permission"), socket_events()),
        _table("Commands", ("command", "what it does"), commands(app)),
        _table("Background jobs", ("kind", "comes round"), job_kinds()),
        _table("Routes", ("path", "methods", "endpoint", "mark"), pages(app)),
        _table("API routes", ("path", "methods", "endpoint", "mark"), api_routes(app)),
    )
    return "\n\n".join(parts)


@click.command("catalogue")
@with_appcontext
def catalogue_command() -> None:
    """Print the catalogue of settings, permissions, events, commands, jobs and routes."""
    click.echo(catalogue(current_app))
