"""
Browser assets by package: ``flask assets`` copies the files the pages need and builds the style sheet.

There is no bundler.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import click
from flask import current_app
from flask.cli import with_appcontext

COPIES: Final = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "socket.io-client/dist/socket.io.esm.min.js": "socket.io.esm.min.js",
    "leaflet/dist/leaflet-src.esm.js": "leaflet.esm.js",
    "leaflet/dist/leaflet.css": "leaflet.css",
    "topojson-client/dist/topojson-client.min.js": "topojson-client.min.js",
    "world-atlas/countries-50m.json": "world.json",
    "us-atlas/states-10m.json": "us.json",
    "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "inter-latin.woff2",
    "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2": "inter-latin-ext.woff2",
}
"""File under ``node_modules`` → its name under ``static/vendor``."""


def copy_vendor_files(root: Path) -> int:
    """Copy each file of :data:`COPIES` and return how many."""
    target = root / "static" / "vendor"
    target.mkdir(parents=True, exist_ok=True)
    for source, name in COPIES.items():
        shutil.copyfile(root / "node_modules" / source, target / name)
    return len(COPIES)


def build_style_sheet(root: Path) -> Path:
    """Build ``static/dist/app.css`` from ``static/src/app.css`` with the Tailwind binary of the environment."""
    target = root / "static" / "dist" / "app.css"
    tailwind = Path(sys.executable).parent / "tailwindcss"
    command = [str(tailwind), "-i", str(root / "static/src/app.css"), "-o", str(target), "--minify"]
    subprocess.run(command, check=True, cwd=root, capture_output=True)  # noqa: S603 - a fixed command, no input from outside.
    return target


@click.command("assets")
@with_appcontext
def assets_command() -> None:
    """Copy the browser libraries and build the style sheet."""
    root = Path(current_app.root_path).parent
    count = copy_vendor_files(root)
    built = build_style_sheet(root)
    click.echo(f"{count} files copied, {built.relative_to(root)} is {built.stat().st_size // 1024} KB")
