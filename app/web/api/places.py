"""Where in a body a refusal belongs: use-cases name the fields of forms, a body has places of its own."""

from collections.abc import Callable
from typing import TypeVar

from app.kernel.errors import Invalid

Found = TypeVar("Found")


def at_places(act: Callable[[], Found], place: Callable[[str], str | None]) -> Found:
    """
    What ``act`` returns; each field of its :class:`Invalid` becomes its ``place`` in the body.

    A field for which there is no place (None) keeps its name, which is one of the body's own then.
    """
    try:
        return act()
    except Invalid as error:
        raise Invalid({place(name) or name: reasons for name, reasons in error.fields.items()}) from None
