"""Text from outside as it is stored: one normal form, nothing invisible that could deceive a reader.

What no length check covers (OWASP ASVS 5.0, V1 and V2): control and bidirectional signs go, and a stack of combining
marks ends where it would climb over the lines above.
"""

import unicodedata
from collections.abc import Iterator
from typing import Final

MOST_MARKS: Final = 8
"""Combining marks kept on one letter; real writing needs four at most, a pile of fifty covers its neighbours."""

_KEPT_CONTROLS: Final = frozenset("\n\t")
_JOINERS: Final = frozenset("\u200c\u200d")
_HIDDEN: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})


def _visible(sign: str) -> bool:
    # The two joiners stay, because Arabic and Persian words and joined emoji need them.
    return sign in _KEPT_CONTROLS or sign in _JOINERS or unicodedata.category(sign) not in _HIDDEN


def _capped(signs: str) -> Iterator[str]:
    run = 0
    for sign in signs:
        run = run + 1 if unicodedata.combining(sign) else 0
        if run <= MOST_MARKS:
            yield sign


def plain_text(text: str) -> str:
    """The text in normal form C with plain line ends, without invisible signs, without blanks around it."""
    for end in ("\r\n", "\r", "\u2028", "\u2029", "\x85"):
        text = text.replace(end, "\n")
    # What can be printed hides nothing, and plain ASCII has no marks: most texts need no look at each sign.
    kept = text if text.isprintable() else "".join(sign for sign in text if _visible(sign))
    composed = unicodedata.normalize("NFC", kept)
    return (composed if composed.isascii() else "".join(_capped(composed))).strip()


def one_line(text: str) -> str:
    """:func:`plain_text` on a single line, every run of blanks squeezed to one."""
    return " ".join(plain_text(text).split())
