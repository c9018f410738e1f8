"""A plain copy of what somebody typed, so that look-alike and invisible signs hide nothing; the original stays."""

import unicodedata
from dataclasses import dataclass
from typing import Final

_INVISIBLE: Final = frozenset({"Cf", "Mn", "Cc"})
_KEPT: Final = frozenset("\n\t\r")


@dataclass(frozen=True, slots=True)
class Folded:
    """The copy, and for each of its signs the place in the original it came from."""

    text: str
    origin: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original that a stretch of the copy stands for."""
        return self.origin[start], self.origin[end - 1] + 1


def fold(text: str) -> Folded:
    """
    Compatibility forms become plain ones (NFKC), digits of every script 0–9, invisible and combining signs vanish.

    Letters keep their case and their accents where one sign holds both.
    """
    if text.isascii() and text.replace("\n", "").isprintable():
        # Nothing of it can be folded; nearly every message is so, and is judged while its sender waits.
        return Folded(text, tuple(range(len(text))))
    signs: list[str] = []
    origin: list[int] = []
    for place, sign in enumerate(text):
        for plain in unicodedata.normalize("NFKC", sign):
            if plain not in _KEPT and unicodedata.category(plain) in _INVISIBLE:
                continue
            signs.append(_digit(plain))
            origin.append(place)
    return Folded("".join(signs), tuple(origin))


def _digit(sign: str) -> str:
    value = unicodedata.decimal(sign, None)
    return sign if value is None else str(value)
