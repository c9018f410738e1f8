"""
Words in people's language for commands that run without the application.

The same catalogues as the site's pages, in the site's default language, read by the standard library.
"""

from functools import cache
from gettext import NullTranslations, translation
from typing import Any, Final

from config import ROOT

_CATALOGUES: Final = ROOT / "app" / "translations"
_LANGUAGE: Final = "en"


@cache
def _catalogue() -> NullTranslations:
    """What is translated; nothing at all where the site has no catalogue."""
    return translation("messages", str(_CATALOGUES), languages=[_LANGUAGE], fallback=True)


@cache
def _translated(text: str) -> str:
    """Each text is looked up once: a plan says the same few sentences tens of thousands of times."""
    return _catalogue().gettext(text)


def gettext(text: str, **values: Any) -> str:  # noqa: ANN401 - whatever the words name.
    """
    ``text`` in the site's language, with ``values`` put in where it names them as ``%(name)s``.

    Without values a percent sign stands for itself, as in the gettext of pages.
    """
    found = _translated(text)
    return found % values if values else found
