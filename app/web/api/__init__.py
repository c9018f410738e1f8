"""
What the capabilities' JSON faces share: the blueprint, strict input, pages of a list, repeated requests, the document.

The API knows its caller by a bearer token alone. It reads no cookie, so no form of another site can act through it.
"""

from app.web.api.blueprint import PREFIX, api_limited, gives
from app.web.api.blueprint import blueprint as api_blueprint
from app.web.api.description import OPTIONS, blueprint, install, register
from app.web.api.etags import checked, matched, tagged, with_tag
from app.web.api.models import ID, Answered, Asked, Changes, Page, PageQuery, SentFile
from app.web.api.once import ACCEPTED, CREATED, created, created_in, may_wait
from app.web.api.pages import GONE, cursor_at, cursor_read, page_of
from app.web.api.places import at_places
from app.web.api.strict import MISSING

__all__ = [
    "ACCEPTED",
    "CREATED",
    "GONE",
    "ID",
    "MISSING",
    "OPTIONS",
    "PREFIX",
    "Answered",
    "Asked",
    "Changes",
    "Page",
    "PageQuery",
    "SentFile",
    "api_blueprint",
    "api_limited",
    "at_places",
    "blueprint",
    "checked",
    "created",
    "created_in",
    "cursor_at",
    "cursor_read",
    "gives",
    "install",
    "matched",
    "may_wait",
    "page_of",
    "register",
    "tagged",
    "with_tag",
]
