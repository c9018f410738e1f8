"""``flask jobs …``: look at the queue and at what failed for good, and try it again."""

import click
from flask.cli import AppGroup

from app.infra.clock import utcnow
from app.infra.jobs import upkeep
from app.infra.jobs.upkeep import JobView

jobs_cli = AppGroup("jobs", help="Background jobs: what waits, what is dead; try again or drop.")
MOST = 50


@jobs_cli.command("list")
@click.option("--dead", is_flag=True, help="Only what failed for good.")
@click.option("--limit", type=click.IntRange(1), default=MOST, show_default=True, help="Show at most so many.")
def list_command(*, dead: bool, limit: int) -> None:
    """List the jobs that wait, in the order they come up, or the dead ones, newest first."""
    now = utcnow()
    stands = upkeep.standing(now=now)
    for view in upkeep.listed(dead=dead, limit=limit):
        click.echo(_line(view))
    click.echo(f"oldest due job waits {stands.oldest_due_seconds} s; {stands.dead} dead")


@jobs_cli.command("show")
@click.argument("job_id", type=int)
def show_command(job_id: int) -> None:
    """Show one job; of its payload the numbers, and of words only how many."""
    view = upkeep.look(job_id)
    if view is None:
        raise click.ClickException(f"There is no job {job_id}.")
    click.echo(_line(view))
    for name, value in view.payload.items():
        click.echo(f"  {name}: {value}")


@jobs_cli.command("retry")
@click.argument("job_id", type=int, required=False)
@click.option("--all", "every", is_flag=True, help="Every dead job.")
def retry_command(job_id: int | None, *, every: bool) -> None:
    """Bring a dead job back, or all of them."""
    if (job_id is None) == (not every):
        raise click.UsageError("Name one job, or --all.")
    if job_id is None:
        click.echo(f"{upkeep.retry_all(now=utcnow())} jobs brought back")
    elif upkeep.retry(job_id, now=utcnow()):
        click.echo(f"job {job_id} brought back")
    else:
        raise click.ClickException(f"There is no dead job {job_id}.")


@jobs_cli.command("drop")
@click.argument("job_id", type=int)
def drop_command(job_id: int) -> None:
    """Remove a job that is dead or waits; what it was to do will not be done."""
    if not upkeep.drop(job_id, now=utcnow()):
        raise click.ClickException(f"There is no job {job_id} to drop, or a worker has it in hand.")
    click.echo(f"job {job_id} dropped")


def _line(view: JobView) -> str:
    when = view.run_after if view.ended_at is None else view.ended_at
    said = f" ({view.last_error})" if view.last_error else ""
    return f"{view.id} {view.kind} {view.state} {when:%Y-%m-%d %H:%M:%S} tries {view.attempts}{said}"
