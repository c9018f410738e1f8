"""Handing out what people gave us: as what it is, to be run by nothing, kept by no cache."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from flask import Response

from app.infra import storage
from app.kernel.errors import NotFound
from app.web.headers import POLICY

View = TypeVar("View", bound=Callable[..., Any])
_ALONE: Final = {"content_security_policy": {**POLICY, "sandbox": ""}}


def sandboxed(view: View) -> View:
    """Mark a view whose answer, opened on its own, can run nothing. Stands under the route."""
    # Read by the extension that writes the policy of every answer.
    view.talisman_view_options = _ALONE  # type: ignore[attr-defined]
    return view


def stored_picture(name: str) -> Response:
    """
    The picture kept under ``name``: drawn inside a page, a download when opened on its own.

    Who may see it, the caller has asked. Raises :class:`NotFound` for a file that is not there.
    """
    data = storage.read(name)
    if data is None:
        raise NotFound
    headers = {
        "Content-Disposition": "attachment; filename=picture.jpg",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return Response(data, mimetype="image/jpeg", headers=headers)
