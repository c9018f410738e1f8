"""
Browser assets by package: ``flask assets`` copies the files the pages need, builds the style sheet and keeps a
compressed copy beside each.

There is no bundler. The compressed copies are answered to browsers that take them, so that a page stays small also
without a proxy in front.
"""

import gzip
import mimetypes
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import click
from flask import Flask, Response, current_app, request, send_from_directory
from flask.cli import with_appcontext

COPIES: Final = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "socket.io-client/dist/socket.io.esm.min.js": "socket.io.esm.min.js",
    "leaflet/dist/leaflet.js": "leaflet.min.js",
    "leaflet/dist/leaflet.css": "leaflet.css",
    "topojson-client/dist/topojson-client.min.js": "topojson-client.min.js",
    "world-atlas/countries-50m.json": "world.json",
    "us-atlas/states-10m.json": "us.json",
    "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "inter-latin.woff2",
    "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2": "inter-latin-ext.woff2",
}
"""File under ``node_modules`` → its name under ``static/vendor``."""

EVERY_PAGE: Final = ("dist/app.css", "js/app.js", "vendor/inter-latin.woff2")
"""What each page loads, beside itself and its pictures."""

COMPRESSED: Final = ".gz"


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


def compress(root: Path) -> None:
    """Put a compressed copy beside every built or copied file that becomes smaller by it (a font does not)."""
    for folder in ("vendor", "dist"):
        for file in sorted((root / "static" / folder).iterdir()):
            if file.suffix in {".js", ".css", ".json"}:
                packed = gzip.compress(file.read_bytes(), mtime=0)
                file.with_name(file.name + COMPRESSED).write_bytes(packed)


def transferred(file: Path) -> int:
    """How many bytes a browser receives for ``file``: its compressed copy's, where there is one."""
    packed = file.with_name(file.name + COMPRESSED)
    return (packed if packed.exists() else file).stat().st_size


def _answer_compressed() -> Response | None:
    """The compressed copy of a static file, for a browser that takes it; None leaves it to the ordinary answer."""
    if request.endpoint != "static" or not request.accept_encodings.quality("gzip"):
        return None
    name = str((request.view_args or {}).get("filename", ""))
    folder = Path(str(current_app.static_folder))
    plain, packed = folder / name, folder / (name + COMPRESSED)
    built = name.startswith(("vendor/", "dist/")) and ".." not in name
    if not built or not packed.is_file() or packed.stat().st_mtime < plain.stat().st_mtime:
        return None
    answer = send_from_directory(
        folder, name + COMPRESSED, mimetype=mimetypes.guess_type(name)[0], download_name=plain.name
    )
    answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Vary"] = "Accept-Encoding"
    return answer


def install(app: Flask) -> None:
    """Let ``app`` answer static files compressed."""
    app.before_request(_answer_compressed)


@click.command("assets")
@with_appcontext
def assets_command() -> None:
    """Copy the browser libraries, build the style sheet, and say what every page weighs."""
    root = Path(current_app.root_path).parent
    count = copy_vendor_files(root)
    built = build_style_sheet(root)
    compress(root)
    click.echo(f"{count} files copied, {built.relative_to(root)} is {built.stat().st_size / 1000:.0f} kB")
    sizes = {name: transferred(root / "static" / name) / 1000 for name in EVERY_PAGE}
    parts = ", ".join(f"{name} {size:.1f}" for name, size in sizes.items())
    click.echo(f"every page loads {sum(sizes.values()):.0f} kB once, compressed: {parts}")
