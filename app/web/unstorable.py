"""
Signs that no text here has are met at the door, so that no page behind it need think of them.

PostgreSQL keeps no NUL and SQLite keeps any. An address that has one leads nowhere; from what is typed it is taken out,
as every other sign that cannot be seen is later (:mod:`app.kernel.text`). What gets past this, the database refuses,
and :mod:`app.web.errors` and :mod:`app.web.realtime` answer for it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from flask import Flask, Request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.routing import UnicodeConverter

NUL: Final = "\0"


class Segment(UnicodeConverter):
    """A part of an address, as the library reads it, without NUL: with one there is no such page."""

    def __init__(self, *args: Any, **more: Any) -> None:  # noqa: ANN401 - the library's own.
        """Take what the library's own takes."""
        super().__init__(*args, **more)
        self.regex = self.regex.replace("[^/]", r"[^/\x00]")


class Typed(ImmutableMultiDict[str, Any]):
    """The fields of a query or form, their names and texts without NUL."""

    def __init__(self, mapping: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None) -> None:
        """Take what the library's own takes; what it has parsed comes as pairs."""
        if mapping is None or isinstance(mapping, Mapping):
            super().__init__(mapping)
        else:
            super().__init__([(_plain(name), _plain(value)) for name, value in mapping])


def _plain(value: Any) -> Any:  # noqa: ANN401 - a text, or a file that was sent.
    return value.replace(NUL, "") if isinstance(value, str) else value


class Sent(Request):
    """A request whose query and form are :class:`Typed`, also a form that is sent as JSON."""

    parameter_storage_class = Typed

    def get_json(self, *args: Any, **more: Any) -> Any:  # noqa: ANN401 - the library's own.
        """
        What was sent as JSON, as a form has it: texts under names. Raises 400 for what cannot be read.

        The libraries of forms take JSON for a form, and their fields break at what is no text. The API has a reader of
        its own (:mod:`app.web.api.strict`).
        """
        try:
            found = super().get_json(*args, **more)
        except RecursionError:
            raise BadRequest from None
        return Typed(_texts(found)) if isinstance(found, dict) else Typed()


def _texts(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each text, number and yes or no, several under one name where they were a list; nothing else."""
    for name, value in found.items():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str | int | float):
                yield _whole(name), _whole(each) if isinstance(each, str) else json.dumps(each)


def _whole(text: str) -> str:
    """The text as a form would have brought it: a lone half of a pair of code units is a lost sign."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def install(app: Flask) -> None:
    """Read requests and addresses this way; comes before the pages, whose addresses are made by it."""
    app.request_class = Sent
    app.url_map.converters.update(default=Segment, string=Segment)
