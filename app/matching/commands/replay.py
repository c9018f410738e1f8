"""``flask match replay``: what a changed configuration would have done in the community's own past weeks."""

import json
from dataclasses import asdict

import click
from flask.cli import with_appcontext

from app.infra.clock import utcnow
from app.matching.configuration import matching_rules, read
from app.matching.queries.log import PastWeeks, ReplayError, past_weeks
from app.matching.rules.simulation import Outcome, Rounds, average, run
from app.matching.rules.weights import MatchingRules

_ROWS = (
    ("fed", "families with milk within 7 days", "{:.1%}", 100, "points"),
    ("kilometres", "median way, km", "{:.1f}", 1, "km"),
    ("messages_p50", "families that wrote to a donor, p50", "{:.1f}", 1, ""),
    ("messages_p95", "families that wrote to a donor, p95", "{:.1f}", 1, ""),
    ("waste", "milk lost", "{:.1%}", 100, "points"),
    ("gini", "Gini of the milk received", "{:.3f}", 1, ""),
)

ASSUMED = (
    "Posts, places, amounts, what donors state and families ask for are those of the log, as they stand today.",
    "What people would have done is assumed, and the same for both columns: see docs/simulation.md.",
    "A post that was fulfilled stays until its last day, its use-by or three months, whichever comes first.",
    "Blocks, declined pairs and handoffs of before are not counted; families that rounds leave out are left out here.",
    "Read the difference, not the columns: a real week differs more from its replay than two rules from each other.",
)


@click.command("replay")
@click.option("--days", type=click.IntRange(8, 366), default=28, show_default=True, help="How far back.")
@click.option("--with", "changed", type=click.Path(), help="A TOML file of changed rules, as for MATCHING_FILE.")
@click.option("--runs", type=click.IntRange(1, 50), default=5, show_default=True, help="Throws of the dice to average.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")
@with_appcontext
def replay_command(days: int, changed: str | None, runs: int, *, as_json: bool) -> None:
    """Play the community's past weeks again under the rules in force, and under changed ones."""
    try:
        rules = read(changed) if changed else None
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--with") from None
    try:
        weeks = past_weeks(days, now=utcnow())
    except ReplayError as error:
        raise click.ClickException(str(error)) from None
    today = _played(weeks, matching_rules(), runs)
    other = _played(weeks, rules, runs) if rules is not None else None
    if as_json:
        click.echo(json.dumps(_document(weeks, runs, today, other), indent=2))
    else:
        _print(weeks, runs, today, other)


def _played(weeks: PastWeeks, rules: MatchingRules, runs: int) -> Outcome:
    """The mean of several runs; the same seeds for every configuration, so that chance falls alike."""
    return average(
        [run(weeks.community, Rounds(rules), seed=seed, behaviour=weeks.behaviour) for seed in range(1, runs + 1)]
    )


def _document(weeks: PastWeeks, runs: int, today: Outcome, other: Outcome | None) -> dict[str, object]:
    found: dict[str, object] = {
        "since": weeks.since.date().isoformat(),
        "until": weeks.until.date().isoformat(),
        "offers": len(weeks.community.donors),
        "requests": len(weeks.community.families),
        "runs": runs,
        "measured": list(weeks.measured),
        "assumed": list(ASSUMED),
        "current": _rounded(asdict(today)),
    }
    if other is not None:
        now, then = asdict(today), asdict(other)
        found["changed"] = _rounded(then)
        found["difference"] = _rounded({name: then[name] - now[name] for name in now})
    return found


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in values.items()}


def _print(weeks: PastWeeks, runs: int, today: Outcome, other: Outcome | None) -> None:
    click.echo(
        f"{weeks.since:%Y-%m-%d} to {weeks.until:%Y-%m-%d}: {len(weeks.community.donors)} offers, "
        f"{len(weeks.community.families)} requests, mean of {runs} runs"
    )
    click.echo(f"{'':<38}{'current':>10}" + (f"{'changed':>10}{'difference':>18}" if other is not None else ""))
    for name, words, shape, scale, unit in _ROWS:
        now = getattr(today, name)
        line = f"{words:<38}{shape.format(now):>10}"
        if other is not None:
            then = getattr(other, name)
            line += f"{shape.format(then):>10}{f'{scale * (then - now):+.2f} {unit}'.rstrip():>18}"
        click.echo(line)
    click.echo("Assumed:")
    for words in ASSUMED:
        click.echo(f"- {words}")
    if "answer_hours" in weeks.measured:
        click.echo(f"- Donors answer after {weeks.behaviour.answer_hours:.0f} hours in the mean, as in this log.")
