"""Folding of place names, so that São Paulo, "sao paulo" and "SAO-PAULO" are one name."""

import re
import unicodedata
from typing import Final

_LETTERS: Final = str.maketrans({
    "ß": "ss", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i", "ħ": "h", "ŧ": "t",
})  # fmt: skip
_SHORT_WORDS: Final = {"st": "saint", "ste": "sainte", "mt": "mount", "ft": "fort"}
_APART: Final = re.compile(r"[^\w]+")
_TOGETHER: Final = re.compile(r"['’ʻʼ`´.]")


def fold(text: str) -> str:
    """Lower case without accents, apostrophes or hyphens, single spaces, "St" written out; empty for text without
    letters or digits.
    """
    if not text.isascii():
        bare = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
        text = "".join(sign for sign in bare if not unicodedata.combining(sign)).translate(_LETTERS)
    elif text.replace(" ", "").isalnum():
        return " ".join(_SHORT_WORDS.get(word, word) for word in text.lower().split())
    words = _APART.sub(" ", _TOGETHER.sub("", text.casefold())).replace("_", " ").split()
    return " ".join(_SHORT_WORDS.get(word, word) for word in words)
