"""``flask worker``: runs the background jobs until it is stopped."""

import click
from flask.cli import with_appcontext

from app.infra import jobs
from app.infra.clock import utcnow


@click.command("worker")
@click.option("--once", is_flag=True, help="Run what is due now and stop.")
@with_appcontext
def worker_command(*, once: bool) -> None:
    """Run background jobs: mail, notices, what comes round by itself."""
    if once:
        jobs.enqueue_periodic(now=utcnow())
        click.echo(f"{jobs.run_due(now=utcnow())} jobs tried")
        return
    jobs.work_forever()
