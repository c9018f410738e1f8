"""
The words of a page in the reader's language, looked up quickly.

A list says hundreds of words. The library asks for the language's name, letter by letter, at each of them; here the
catalogue of a language is found by the language itself, and that of the last word by nothing at all. There is one for
each language in a process.
"""

from functools import cached_property

from babel import Locale
from babel.support import NullTranslations, Translations
from flask import Flask
from flask_babel import Babel, Domain, get_locale


class Words(Domain):  # type: ignore[misc]  # the library tells no types.
    """All words of the site; what they are in a language is loaded once."""

    def __init__(self, domain: str) -> None:
        """The words under this name in the folders of translations."""
        super().__init__(domain=domain)
        self._known: dict[Locale, Translations | NullTranslations] = {}
        self._last: tuple[Locale | None, Translations | NullTranslations] = (None, NullTranslations())

    def get_translations(self) -> Translations | NullTranslations:
        """The words in the reader's language; the words as they are written where nobody reads."""
        language = get_locale()
        if language is None:
            return NullTranslations()
        last, found = self._last
        if last is language:
            return found
        known = self._known.get(language)
        if known is None:
            known = self._known[language] = super().get_translations()
        self._last = language, known
        return known


class Languages(Babel):  # type: ignore[misc]  # the library tells no types.
    """The languages of the site."""

    @cached_property
    def domain_instance(self) -> Words:
        """The site's words."""
        return Words(self.domain)

    def speak(self, app: Flask) -> None:
        """
        Let the templates of ``app`` ask the site's words themselves.

        The library would find out at each of a page's hundreds of words whose words they are.
        """

        def words() -> Translations | NullTranslations:
            return self.domain_instance.get_translations()

        app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # its i18n extension brings it.
            gettext=lambda one: words().ugettext(one),
            ngettext=lambda one, many, number: words().ungettext(one, many, number),
            newstyle=True,
            pgettext=lambda context, one: words().upgettext(context, one),
            npgettext=lambda context, one, many, number: words().unpgettext(context, one, many, number),
        )
