"""A word in the reader's language is found by the language, and a picture once drawn stays what it was."""

from datetime import date

from babel import Locale
from babel.support import NullTranslations
from flask import Flask
from flask_babel import force_locale, get_translations

from app.web.templating import babel, day, icon


def test_each_language_has_one_catalogue_of_words(app: Flask) -> None:
    with app.test_request_context("/"):
        english = get_translations()
        assert get_translations() is english
        with force_locale("es"):
            assert get_translations() is not english
        assert get_translations() is english


def test_a_day_is_told_in_the_language_of_the_reader_each_time(app: Flask) -> None:
    with app.test_request_context("/"):
        for _ in range(2):
            assert day(date(2026, 3, 12)) == "Mar 12, 2026"
            with force_locale("de"):
                assert day(date(2026, 3, 12)) == "12.03.2026"
        assert not day(None)


def test_an_icon_is_drawn_for_its_size_its_style_and_its_classes(app: Flask) -> None:
    with app.app_context():
        drawn = {
            icon("map", 16),
            icon("map", 24),
            icon("map", 24, solid=True),
            icon("map", 24, **{"class": "mt-1"}),
            icon("user", 24),
        }
        assert len(drawn) == len({str(each) for each in drawn}) == 5
        assert icon("map", 16) in drawn


def test_a_page_is_in_the_language_of_its_reader_whoever_read_before(app: Flask, monkeypatch) -> None:
    class Shouted(NullTranslations):
        def ugettext(self, message: str) -> str:
            return f"{message}!"

        def ungettext(self, singular: str, plural: str, num: int) -> str:
            return f"{singular if num == 1 else plural}!"

    monkeypatch.setitem(babel.domain_instance._known, Locale.parse("fr"), Shouted())
    page = app.jinja_env.from_string("{{ _('hello') }} {{ ngettext('%(num)s day', '%(num)s days', 2) }}")
    with app.test_request_context("/"):
        for _ in range(2):
            assert page.render() == "hello 2 days"
            with force_locale("fr"):
                assert page.render() == "hello! 2 days!"
