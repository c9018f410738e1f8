"""
Links to pages by endpoint name, which stay quiet about a page that is not there.

A capability lower in the house links upwards by name only; a page that has not been built, or was left out by an
operator, then simply has no link.
"""

from flask import current_app, request, url_for
from werkzeug.routing import BuildError

from app.kernel.access import Role
from app.web.login import visitor


def page_exists(endpoint: str) -> bool:
    """Whether this application serves ``endpoint``."""
    return endpoint in current_app.view_functions


def link(*endpoints: str, **values: str | int) -> str | None:
    """
    The address of the first of ``endpoints`` that exists and takes ``values``, or None when none does.

    Templates write ``{% set to = link("posts.mine") %}{% if to %}<a href="{{ to }}">…``.
    """
    for endpoint in endpoints:
        if page_exists(endpoint):
            try:
                return url_for(endpoint, **values)  # type: ignore[arg-type]  # names of url_for's own options are no values.
            except BuildError:
                continue
    return None


def here(*blueprints: str) -> bool:
    """Whether the page being shown belongs to one of ``blueprints`` (a navigation mark)."""
    return request.blueprint in blueprints


def is_staff(role: str) -> bool:
    """Whether the signed-in person holds the staff role named ``role``; False for a visitor."""
    person = visitor()
    return person is not None and person.has(Role(role))


def back_within_site(path: str | None) -> str:
    """``path`` when it is a plain path of this site, else the home page: a form field never sends anybody elsewhere."""
    # Browsers drop tabs and line ends and read a backslash as a slash, so that "/<tab>/evil" would lead to a host.
    plain = path is not None and path.isprintable() and "\\" not in path
    return path if path and plain and path.startswith("/") and not path.startswith("//") else url_for("pages.home")
