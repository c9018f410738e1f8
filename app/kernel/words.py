"""
Marks words for translation in modules that may not load a translator.

A pure module returns the English text; the face that shows it passes it through gettext. ``pybabel extract`` finds
the text by the name of the marker.
"""


def N_(text: str) -> str:  # noqa: N802 - the name is gettext's own convention and what the extractor looks for.
    """Return ``text`` unchanged; its only effect is that the extractor lists it for the translators."""
    return text
