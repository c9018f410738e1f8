"""``flask areas …``: build a version of the published areas, and look at one."""

from pathlib import Path

import click
from flask.cli import AppGroup

from app.geo.measures import TradeOff
from app.infra.areas.storage import CURRENT_VERSION, load_catalogue
from app.infra.gazetteer import PlaceCandidate, find_places

areas_cli = AppGroup("areas", help="The published areas: build a version, look one up.")


@areas_cli.command("build")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the version here; must not exist."
)
@click.option("--version", type=int, default=CURRENT_VERSION + 1, show_default=True, help="Number of the new version.")
@click.option("--country", "countries", multiple=True, help="Only this country (ISO code, repeatable).")
def build_command(output: Path | None, version: int, countries: tuple[str, ...]) -> None:
    """Build the areas from public population and print what they cost and hide; write them only with --output."""
    if output is not None and output.exists():
        raise click.ClickException("This file exists. A version is never rewritten: its ids are in use.")
    # Every process of the site imports this file, and none but this command needs where the world's people live.
    from app.infra.areas.build import build_version

    try:
        made = build_version(version, frozenset(code.upper() for code in countries))
    except ValueError as problem:
        raise click.ClickException(str(problem)) from problem
    regions = sum(1 for wider in made.built.wider if not wider)
    click.echo(f"version {made.version}: {len(made.catalogue) - regions} areas in {regions} wider regions")
    for name, figures in made.figures():
        click.echo(_line(name, figures))
    if output is not None:
        made.write(output)
        click.echo(f"written to {output}")


def _line(name: str, figures: TradeOff) -> str:
    return (
        f"{name}: {figures.people} people in {figures.areas} areas; person to centre {figures.median_km:.2f} km "
        f"median, {figures.p95_km:.2f} km p95; households hidden among {figures.median_households} median, "
        f"{figures.p5_households} p5; pairs dropped {figures.dropped:.1%}, added {figures.added:.1%}"
    )


@areas_cli.command("show")
@click.argument("query")
def show_command(query: str) -> None:
    """Show which areas a ZIP code or town belongs to; exit status 1 when no exact place is known."""
    answer = find_places(query)
    for candidate in answer.exact:
        click.echo(_shown(candidate))
    if answer.more:
        click.echo("There are more places of this name; add a state or country.")
    if answer.exact:
        return
    for candidate in answer.suggestions:
        click.echo(f"Did you mean {candidate.label}?")
    raise click.ClickException("No place of this name is known.")


def _shown(candidate: PlaceCandidate) -> str:
    area = load_catalogue().area(candidate.area)
    small = ", small: the wider region may be chosen" if area.is_small else ""
    return (
        f"{candidate.label}: area {area.id}, near {area.name}, {area.households} households, region {area.wider}{small}"
    )
