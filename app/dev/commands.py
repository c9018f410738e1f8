"""``flask dev …`` and ``flask demo …``: serving, the demo community, preparing the test machine."""

import sys

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from flask_migrate import upgrade

from app.accounts import queries as people
from app.dev import machine, serve
from app.dev.catalogue import catalogue_command
from app.dev.demo import bulk, seed, story
from app.dev.demo.community import address_of
from app.infra.clock import utcnow
from config import Settings

demo_cli = AppGroup("demo", help="The demo community.")
dev_cli = AppGroup("dev", help="For contributors.")
dev_cli.add_command(catalogue_command)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["milkbridge_settings"]
    return settings


def _say_who_can_sign_in() -> None:
    if not seed.is_seeded():
        return
    click.echo(f"Sign in with the password {story.PASSWORD} as:")
    for role, name in story.SIGN_INS:
        click.echo(f"  {role:<10} {address_of(name)}")
    click.echo("A second person needs a private window: one browser window holds one signed-in person.")


@demo_cli.command("seed")
@click.option("--offers", type=click.IntRange(0), default=0, help="Add so many invented offers for load tests.")
@click.option("--requests", type=click.IntRange(0), default=0, help="Add so many invented requests for load tests.")
@click.option("--seed", "number", type=click.IntRange(0), default=1, show_default=True, help="Another number, others.")
@with_appcontext
def seed_command(offers: int, requests: int, number: int) -> None:
    """Build the demo community through the use-cases; where it is already, change nothing.

    With --offers or --requests a large invented community is added straight in the tables, each time anew.
    """
    _seed_small()
    if offers + requests:
        _seed_large(offers, requests, number)
    _say_who_can_sign_in()


def _seed_small() -> None:
    if seed.is_seeded():
        click.echo("The demo community is already here.")
    else:
        click.echo("Seeding the demo community …")
        community = seed.seed(now=utcnow())
        click.echo(f"{len(community.people)} members, {len(community.posts)} posts.")


def _seed_large(offers: int, requests: int, number: int) -> None:
    many = offers + requests
    click.echo(f"Adding {offers} offers and {requests} requests …")
    with click.progressbar(length=many, label="posts written", file=sys.stderr) as bar:
        first = bulk.fill(offers, requests, seed=number, now=utcnow(), told=lambda done: bar.update(done - bar.pos))
    click.echo(f"{many} posts by bulk-{first}@demo.example and on, with the same password.")


@dev_cli.command("serve")
@with_appcontext
def serve_command() -> None:
    """Migrate, seed an empty database, and run server and worker."""
    settings = _settings()
    upgrade()
    if settings.demo_community and not people.anybody():
        click.echo("Seeding the demo community; this happens once and takes some seconds …")
        seed.seed(now=utcnow())

    def when_ready() -> None:
        click.echo(f"\nMilkbridge serves on http://127.0.0.1:{settings.port}")
        _say_who_can_sign_in()

    sys.exit(serve.serve(settings, when_ready=when_ready))


@dev_cli.command("prepare-tests")
def prepare_tests_command() -> None:
    """Install what the tests need beside Python packages, where it is missing and may be installed."""
    for line in machine.prepare():
        click.echo(line)


@dev_cli.command("prepare-bench")
def prepare_bench_command() -> None:
    """Install what the benchmarks compare with, where it is missing and may be installed."""
    for line in machine.prepare(machine.BENCH_NEEDS):
        click.echo(line)
