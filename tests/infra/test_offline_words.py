"""Words of commands that run without the application: the catalogues of the pages, read by the standard library."""

import pytest

from app.infra import words


@pytest.mark.parametrize(
    ("text", "values", "said"),
    [
        ("less than %(n)s km apart", {"n": 25}, "less than 25 km apart"),
        ("100% of it", {}, "100% of it"),
        ("%(n)s of them", {}, "%(n)s of them"),
    ],
)
def test_words_without_a_catalogue_are_the_english_ones(text, values, said):
    assert words.gettext(text, **values) == said


def test_a_catalogue_changes_the_words(monkeypatch):
    class Shouting:
        def gettext(self, text):
            return text.upper()

    monkeypatch.setattr(words, "_catalogue", Shouting)
    assert words.gettext("weekly milk") == "WEEKLY MILK"
    words._translated.cache_clear()
