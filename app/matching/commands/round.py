"""``flask match round``: hold a round of proposals now, or say what it would do."""

import click
from flask.cli import with_appcontext

from app.infra.clock import utcnow
from app.kernel.errors import NotFound
from app.matching import services
from app.posts.queries import post_by_public_id


@click.command("round")
@click.option("--micro", metavar="POST", help="Look at one post (its public id) only, and only add.")
@click.option("--dry-run", is_flag=True, help="Work it out and print the counts, write nothing.")
@with_appcontext
def round_command(micro: str | None, *, dry_run: bool) -> None:
    """Hold the round of these six hours; a second time it only prints what was done."""
    now = utcnow()
    try:
        touched = [post_by_public_id(micro).id] if micro else []
    except NotFound:
        raise click.BadParameter(f"there is no post {micro}", param_hint="--micro") from None
    if dry_run:
        plan = services.plan_micro(touched, now=now) if micro else services.plan_round(now=now)
        _print(plan.offers, plan.requests, plan.candidates, len(plan.chosen), plan.digest)
        click.echo("nothing was written (--dry-run)")
        return
    result = services.micro_round(touched, now=now) if micro else services.run_round(now=now)
    _print(result.offers, result.requests, result.candidates, result.chosen, result.digest)
    click.echo("held before, nothing was done now" if result.repeated else f"{result.lapsed:>8} proposals lapsed")


def _print(offers: int, requests: int, candidates: int, chosen: int, digest: str) -> None:
    click.echo(f"{offers:>8} live offers")
    click.echo(f"{requests:>8} live requests")
    click.echo(f"{candidates:>8} candidate pairs")
    click.echo(f"{chosen:>8} new proposals")
    click.echo(f"digest {digest}")
