"""
What a member's browser can show without a network: one public page, and the worker that keeps it.

The page holds nobody's data. What it shows lies in the browser's own database, put there by pages its reader opened
(``static/js/offline``) and emptied by the first page after she signed out. No signed-in page is ever kept.
"""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, current_app, render_template, url_for
from flask.typing import ResponseReturnValue

from app.web.access import public

blueprint = Blueprint("offline", __name__)

WORKER: Final = "js/offline/worker.js"
SHOWN: Final = ("dist/app.css", "vendor/inter-latin.woff2", "js/offline/page.js", "js/offline/store.js", "img/icon.svg")
"""Files the page needs, under ``static``; the worker keeps exactly these and the page."""


@blueprint.get("/offline")
@public
def page() -> ResponseReturnValue:
    """The page the browser shows in the place of one it cannot reach."""
    return render_template("web/offline.html")


@blueprint.get("/offline-worker.js")
@public
def worker() -> Response:
    """The worker; from the top of the site, because it may only stand before pages below its own address."""
    script = Path(str(current_app.static_folder), WORKER).read_text(encoding="utf-8")
    return Response(script, mimetype="text/javascript")


@blueprint.app_template_global("offline_worker")
def worker_address() -> str:
    """The worker's address; it is another one when a file changed, so that the browser fetches them anew."""
    return url_for("offline.worker", v=_version(str(current_app.static_folder), str(current_app.template_folder)))


@lru_cache(maxsize=8)
def _version(static: str, templates: str) -> str:
    files = [Path(static) / name for name in (WORKER, *SHOWN)]
    files += [Path(current_app.root_path, templates, name) for name in ("bare.html", "web/offline.html")]
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.read_bytes() if file.is_file() else b"")
    return whole.hexdigest()[:12]
