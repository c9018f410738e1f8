"""
``flask match plan``: the matcher on two files, without a database and without the application.

Nothing here may import Flask's extensions, a capability's tables or the composition root; a house test keeps it so.
"""

import os
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import click

from app.infra.clock import utcnow
from app.infra.words import gettext as _
from app.kernel.words import N_
from app.matching import configuration
from app.matching.commands import ahead
from app.matching.plan.problems import UnreadableFileError
from app.matching.rules.weights import MatchingRules

if TYPE_CHECKING:
    from app.matching.plan.run import Plan

_QUIET_SECONDS: Final = 2.0
"""So long a run may take before it says on its own where it is."""
_EVERY_SECONDS: Final = 1.0
_YEARS: Final = range(2000, 2100)

_PHASES: Final = {
    "read": N_("%(file)s: %(rows)s rows read"),
    "compiling": N_("Preparing: the first plan on a machine compiles for about half a minute, later ones do not."),
    "partners_requests": N_("Partners of %(done)s of %(of)s requests"),
    "partners_offers": N_("Partners of %(done)s of %(of)s offers"),
    "choosing": N_("Choosing among %(pairs)s pairs"),
    "writing": N_("Writing %(rows)s proposals"),
}


class _Progress:
    """Says where a long run is: at once on a terminal, elsewhere once it takes longer than people like to wonder."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._told = 0.0
        self._phase = ""

    def __call__(self, phase: str, numbers: Mapping[str, int | str]) -> None:
        """Tell a new phase, and the same one at most once a second."""
        now = time.monotonic()
        again = phase == self._phase and now - self._told < _EVERY_SECONDS
        waits = phase != "compiling" and not sys.stderr.isatty() and now - self._began < _QUIET_SECONDS
        if again or waits:
            return
        self._told, self._phase = now, phase
        shown = {name: f"{each:,}" if isinstance(each, int) else each for name, each in numbers.items()}
        click.echo(f"[{now - self._began:5.1f} s] {_(_PHASES[phase], **shown)}", err=True)


class _Moment(click.ParamType[datetime]):
    """A moment in ISO 8601; without a zone it is UTC."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:  # noqa: ANN401
        """The aware moment that ``value`` names."""
        if isinstance(value, datetime):
            return value
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            self.fail(_("This is no time; write it as 2026-11-21T15:00:00+00:00."), param, ctx)
        if found.year not in _YEARS:
            self.fail(_("The year must be one from %(first)s to %(last)s.", first=2000, last=2099), param, ctx)
        return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


@click.command("plan")
@click.argument("offers")
@click.argument("requests")
@click.option("-o", "--output", "proposals", required=True, help="Where the proposals go: .csv, .jsonl, or - to print.")
@click.option("--at", type=_Moment(), help="Plan as if it were this moment (ISO 8601, UTC); now when left out.")
@click.option("--explain", is_flag=True, help="Add the points ground by ground and what made each answer so.")
def plan_command(offers: str, requests: str, proposals: str, at: datetime | None, *, explain: bool) -> None:
    """
    Propose who should meet whom from two files: OFFERS and REQUESTS, each CSV or JSON lines, one of them "-" for
    standard input.

    Exit status 0; 1 when rows were left out; 2 when nothing could be done. See docs/plan.md.
    """
    # Imported here because it brings a compiler, which a web server has no need to load.
    from app.matching.plan.run import Paths, make_plan

    if offers == requests == "-":
        raise click.UsageError(_("Only one of both files can come from standard input."))
    early = ahead.begun()
    try:
        plan = make_plan(
            Paths(offers, requests, proposals), now=at or (early.now if early else utcnow()), rules=_rules(),
            translate=_, progress=_Progress(), explain=explain, ahead=early.helper if early else None,
        )  # fmt: skip
    except UnreadableFileError as problem:
        raise click.UsageError(_(problem.reason, **problem.values)) from problem
    _tell(plan)
    if early:
        ahead.ends()
    if plan.problems:
        sys.exit(1)


def _rules() -> MatchingRules:
    """The running application's; without one those of the setting MATCHING_FILE, as the application reads them."""
    try:
        return configuration.matching_rules(os.environ.get("MATCHING_FILE", ""))
    except ValueError as problem:
        raise click.UsageError(str(problem)) from problem


def _tell(plan: "Plan") -> None:
    for strange in plan.strange:
        click.echo(_("%(file)s: not read: %(names)s", file=strange.file, names=", ".join(strange.names)), err=True)
    if plan.two_amounts:
        click.echo(
            _(
                "%(n)s offers name both volume_ml and weekly_ml. The milk in store counts, weekly_ml is not read.",
                n=plan.two_amounts,
            ),
            err=True,
        )
    for problem in plan.problems:
        where = f"{problem.file}:{problem.line}: " + (f"{problem.column}: " if problem.column else "")
        click.echo(where + _(problem.reason, **problem.values), err=True)
    click.echo(
        _(
            "%(offers)s offers and %(requests)s requests read, %(left)s rows left out. "
            "%(proposals)s proposals for %(served)s requests.",
            offers=plan.offers, requests=plan.requests, left=len({(each.file, each.line) for each in plan.problems}),
            proposals=plan.proposals, served=plan.served,
        ),
        err=True,
    )  # fmt: skip
    if plan.fragile:
        click.echo(
            _(
                "%(n)s of these requests are for a baby born early or ill. "
                "Speak with the family about a milk bank and its clinician first.",
                n=plan.fragile,
            ),
            err=True,
        )
