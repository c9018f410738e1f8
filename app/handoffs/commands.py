"""``flask safe-places``: the curated list of public places where two may meet."""

from dataclasses import replace
from pathlib import Path

import click
from flask.cli import AppGroup

from app.geo.areas import Box
from app.geo.meeting import around
from app.handoffs.rules.safe_places import AMENITIES, Reading, read_elements, read_list
from app.handoffs.services.safe_places import Edition, import_places
from app.infra.areas.storage import load_catalogue
from app.infra.clock import utcnow
from app.infra.gazetteer import find_places
from app.infra.overpass import CREDIT, SERVER, Overpass, OverpassFailed
from app.kernel.quantities import Kilometres

safe_places_cli = AppGroup("safe-places", help="The public places that are suggested for meeting.")


@safe_places_cli.command("import")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--overpass", metavar="REGION", help="Ask OpenStreetMap: SOUTH,WEST,NORTH,EAST in degrees, or a town.")
@click.option("--around", "radius", type=click.IntRange(1, 200), default=60, show_default=True,
              help="Kilometres around the town.")  # fmt: skip
@click.option("--server", default=SERVER, show_default=True, help="The Overpass server.")
@click.option(
    "--source", default="list", show_default=True, help="Name of the file's list: its next edition replaces it."
)
@click.option("--credit", default="", help="Whose list it is and under which licence; stands below the suggestions.")
def import_command(file: Path | None, overpass: str | None, radius: int, server: str, source: str, credit: str) -> None:
    """Import public places from FILE (.csv, .geojson, .json or .jsonl) or from OpenStreetMap.

    Fields of a file: name, kind, lat, lon and, if known, osm_id or ref. A line that cannot be used is named with its
    reason, the others go on, and the exit status is 1. What the last edition of the list held and this one does not
    is closed, unless lines were bad.
    """
    if (file is None) == (overpass is None):
        raise click.UsageError("Give either a FILE or --overpass.")
    if file is not None:
        reading, edition = _of_file(file, source), Edition(_source(source), credit or source)
    else:
        box = _box(overpass or "", radius)
        reading, edition = _of_overpass(server, box), Edition("osm", CREDIT, box=box)
    done = import_places(reading.places, replace(edition, is_whole=not reading.bad), now=utcnow())
    click.echo(f"{done.added} added, {done.changed} changed, {done.same} as before, {done.closed} closed")
    for bad in reading.bad:
        click.echo(f"line {bad.line}: {bad.reason}", err=True)
    if reading.bad:
        raise click.ClickException(f"{len(reading.bad)} lines were left out, so nothing was closed.")


def _source(name: str) -> str:
    if not name.isascii() or not name.isidentifier() or name in {"osm", "demo"} or len(name) > 40:  # noqa: PLR2004 - the column's length.
        raise click.BadParameter("a source is a short word of letters, not osm or demo", param_hint="--source")
    return name


def _of_file(file: Path, source: str) -> Reading:
    try:
        return read_list(file.name, file.read_text(encoding="utf-8-sig"), source=source)
    except UnicodeDecodeError:
        raise click.ClickException("The file is not written in UTF-8.") from None
    except ValueError as problem:
        raise click.ClickException(str(problem)) from problem


def _of_overpass(server: str, box: Box) -> Reading:
    try:
        return read_elements(Overpass(server).amenities(box, AMENITIES))
    except (OverpassFailed, ValueError) as problem:
        raise click.ClickException(f"{problem}. Nothing was changed.") from problem


def _box(region: str, radius: int) -> Box:
    try:
        numbers = [float(part) for part in region.split(",")]
    except ValueError:
        return _box_around(region, radius)
    if len(numbers) != 4:  # noqa: PLR2004 - the four sides.
        raise click.BadParameter("a box has four sides: SOUTH,WEST,NORTH,EAST", param_hint="--overpass")
    south, west, north, east = numbers
    if not (-90 <= south < north <= 90 and -180 <= west < east <= 180):  # noqa: PLR2004 - degrees.
        raise click.BadParameter("the box does not lie on Earth; split one that crosses 180°", param_hint="--overpass")
    return Box(south, west, north, east)


def _box_around(town: str, radius: int) -> Box:
    found = find_places(town).exact
    if len(found) != 1:
        known = "more than one place" if found else "no place"
        raise click.BadParameter(f"{known} of this name is known; add state and country", param_hint="--overpass")
    boxes = around(load_catalogue().area(found[0].area), Kilometres(radius))
    if len(boxes) != 1:
        raise click.BadParameter("this region crosses 180°; give its two boxes one by one", param_hint="--overpass")
    return boxes[0]
