"""
The words of a page in the reader's language, looked up quickly.

A list says hundreds of words. The library asks for the language's name, letter by letter, at each of them; here the
catalogue of a language is found by the language itself. There is one for each language in a process.
"""

from functools import cached_property

from babel import Locale
from babel.support import NullTranslations, Translations
from flask_babel import Babel, Domain, get_locale


class Words(Domain):  # type: ignore[misc]  # the library tells no types.
    """All words of the site; what they are in a language is loaded once."""

    def __init__(self, domain: str) -> None:
        """The words under this name in the folders of translations."""
        super().__init__(domain=domain)
        self._known: dict[Locale, Translations | NullTranslations] = {}

    def get_translations(self) -> Translations | NullTranslations:
        """The words in the reader's language; the words as they are written where nobody reads."""
        language = get_locale()
        if language is None:
            return NullTranslations()
        found = self._known.get(language)
        if found is None:
            found = self._known[language] = super().get_translations()
        return found


class Languages(Babel):  # type: ignore[misc]  # the library tells no types.
    """The languages of the site."""

    @cached_property
    def domain_instance(self) -> Words:
        """The site's words."""
        return Words(self.domain)
