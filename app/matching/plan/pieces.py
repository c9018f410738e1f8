"""
Millions of rows written at once: each row is a list of numbers of pieces, and a compiled loop copies the pieces.

Whatever text a row needs (an id, a number, a reason) is encoded, quoted and guarded once, however often it occurs.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.kernel.compiling import compiled

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.:/-]*")
"""Texts that no form of CSV quotes and no spreadsheet takes for a formula."""


def guarded(text: str) -> str:
    """A text cell that no spreadsheet takes for a formula (OWASP, CSV injection): a sign that begins one is quoted."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_cell(text: str) -> bytes:
    """One guarded cell, quoted when it must be."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([guarded(text), ""])
    return line.getvalue()[:-1].encode()


def csv_cells(texts: Sequence[str]) -> list[bytes]:
    """As :func:`csv_cell` for many texts, most of them plain."""
    plain = _PLAIN.fullmatch
    return [text.encode() if plain(text) else csv_cell(text) for text in texts]


def json_text(text: str) -> bytes:
    """One text as JSON, letters as they are."""
    return json.dumps(text, ensure_ascii=False).encode(errors="replace")


class Arena:
    """Pieces by number; :meth:`written` joins them row by row."""

    def __init__(self) -> None:
        """Begin with the empty piece, which has number 0."""
        self._blobs: list[NDArray[np.uint8]] = []
        self._sizes: list[NDArray[np.int64]] = [np.zeros(1, np.int64)]
        self._count = 1
        self._frozen: tuple[NDArray[np.uint8], NDArray[np.int64]] | None = None

    def add(self, texts: Iterable[bytes]) -> int:
        """Take over some pieces; the number of the first of them, the others follow."""
        listed: Sequence[bytes] = list(texts)
        self._blobs.append(np.frombuffer(b"".join(listed), np.uint8))
        self._sizes.append(np.fromiter(map(len, listed), np.int64, len(listed)))
        first = self._count
        self._count += len(listed)
        self._frozen = None
        return first

    def written(self, rows: NDArray[np.int32]) -> memoryview:
        """The pieces of each row one after another, row after row."""
        if self._frozen is None:
            sizes = np.concatenate(self._sizes)
            start = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
            blob = np.concatenate(self._blobs) if self._blobs else np.empty(0, np.uint8)
            self._blobs, self._sizes, self._frozen = [blob], [sizes], (blob, start)
        blob, start = self._frozen
        out = np.empty(int((start[rows + 1] - start[rows]).sum()), np.uint8)
        _copy(blob, start, rows, out)
        return out.data


@compiled
def _copy(blob: NDArray[np.uint8], start: NDArray[np.int64], rows: NDArray[np.int32], out: NDArray[np.uint8]) -> None:
    at = 0
    for row in range(rows.shape[0]):
        for place in range(rows.shape[1]):
            piece = rows[row, place]
            for sign in range(start[piece], start[piece + 1]):
                out[at] = blob[sign]
                at += 1
