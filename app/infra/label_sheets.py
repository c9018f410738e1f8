"""
Sheets of labels as a PDF, and the square codes on them: knows paper and ink, and nothing of what is labelled.

Lengths are millimetres. The built-in typeface has the letters of Western Europe only; :func:`can_print` says whether it
has those of a text.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas
    from segno import QRCode

_MM: Final = 72 / 25.4
"""A millimetre in points, of which 72 are an inch."""
_PLAIN: Final = "Helvetica"
_BOLD: Final = "Helvetica-Bold"
_QUIET: Final = 4
"""Modules of empty ground that a reader needs around a square code (ISO/IEC 18004)."""
_EDGE: Final = 1.5 * _MM
_TITLE, _LINE, _LEAST = 0.17, 0.1, 4.0
"""Heights of the letters as parts of the label's height, and the smallest in points."""


@dataclass(frozen=True, slots=True)
class Stock:
    """Paper with labels to peel off: the page, the grid on it, and how far each label begins from the one before."""

    key: str
    name: str
    page: tuple[float, float]
    columns: int
    rows: int
    left: float
    top: float
    pitch: tuple[float, float]
    label: tuple[float, float]

    @property
    def per_page(self) -> int:
        """Labels on a sheet."""
        return self.columns * self.rows


LETTER: Final = (215.9, 279.4)
A4: Final = (210.0, 297.0)

STOCKS: Final = {
    stock.key: stock
    for stock in (
        Stock("letter30", "Letter, 3 × 10 (Avery 5160)", LETTER, 3, 10, 4.8, 12.7, (69.85, 25.4), (66.7, 25.4)),
        Stock("letter10", "Letter, 2 × 5 (Avery 5163)", LETTER, 2, 5, 4.0, 12.7, (106.4, 50.8), (101.6, 50.8)),
        Stock("a4_24", "A4, 3 × 8 (70 × 37 mm)", A4, 3, 8, 0.0, 0.5, (70.0, 37.0), (70.0, 37.0)),
        Stock("a4_21", "A4, 3 × 7 (Avery L7160)", A4, 3, 7, 7.2, 15.1, (66.04, 38.1), (63.5, 38.1)),
    )
}
"""Sizes that shops sell, by key."""


@dataclass(frozen=True, slots=True)
class Label:
    """What stands on one label: the text of its square code, a title, and lines below it."""

    code: str
    title: str
    lines: tuple[str, ...]


def can_print(text: str) -> bool:
    """Whether the typeface has every letter of ``text``."""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def pdf(stock: Stock, labels: Sequence[Label], *, first: int = 1) -> bytes:
    """
    The labels, one at least, as a PDF of as many sheets as are needed; the same labels give the same bytes.

    ``first`` is the place on the first sheet at which they begin, counted from 1 along the rows, so that a sheet of
    which some are gone can be used.
    """
    # Paper is asked for seldom, and what writes PDF takes 4 MB of every process that has loaded it.
    from reportlab.pdfgen.canvas import Canvas

    written = io.BytesIO()
    canvas = Canvas(written, pagesize=(stock.page[0] * _MM, stock.page[1] * _MM), invariant=1)
    for place, label in enumerate(labels, start=max(first, 1) - 1):
        if place and place % stock.per_page == 0:
            canvas.showPage()
        _draw(canvas, stock, place % stock.per_page, label)
    canvas.save()
    return written.getvalue()


def svg(code: str) -> str:
    """A square code as an SVG element for a page, with its quiet ground."""
    drawn: str = _square(code).svg_inline(border=_QUIET, omitsize=True, svgclass=None, lineclass=None)
    return drawn


def _square(code: str) -> "QRCode":
    import segno

    return segno.make(code, error="q", micro=False)


def _draw(canvas: "Canvas", stock: Stock, place: int, label: Label) -> None:
    row, column = divmod(place, stock.columns)
    left = (stock.left + column * stock.pitch[0]) * _MM
    top = (stock.page[1] - stock.top - row * stock.pitch[1]) * _MM
    width, height = stock.label[0] * _MM, stock.label[1] * _MM
    side = min(height, width / 2) - 2 * _EDGE
    _draw_square(canvas, label.code, left + _EDGE, top - (height + side) / 2, side)
    _draw_words(canvas, label, left + side + 2 * _EDGE, top, (width - side - 4 * _EDGE, height))


def _draw_square(canvas: "Canvas", code: str, left: float, bottom: float, side: float) -> None:
    """Each run of dark modules is one box, so that no hairline of paper shows between them."""
    rows = [list(row) for row in _square(code).matrix]
    module = side / (len(rows) + 2 * _QUIET)
    for number, row in enumerate(rows):
        y = bottom + side - (_QUIET + number + 1) * module
        for start, length in _runs(row):
            canvas.rect(left + (_QUIET + start) * module, y, length * module, module, stroke=0, fill=1)


def _runs(row: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Where dark modules begin, and how many stand in a run."""
    start = 0
    while start < len(row):
        end = start
        while end < len(row) and row[end]:
            end += 1
        if end > start:
            yield start, end - start
        start = end + 1


def _draw_words(canvas: "Canvas", label: Label, left: float, top: float, box: tuple[float, float]) -> None:
    width, height = box
    size = _fitting(label.title, _BOLD, height * _TITLE, width)
    y = top - _EDGE - size
    canvas.setFont(_BOLD, size)
    canvas.drawString(left, y, label.title)
    step = (y - (top - height) - _EDGE) / max(len(label.lines), 1)
    for number, line in enumerate(label.lines, start=1):
        canvas.setFont(_PLAIN, _fitting(line, _PLAIN, min(height * _LINE, step * 0.9), width))
        canvas.drawString(left, y - number * step + step * 0.1, line)


def _fitting(text: str, font: str, size: float, width: float) -> float:
    """The largest size up to ``size`` at which ``text`` is no wider than ``width``."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    wide = stringWidth(text, font, size)
    return max(size if wide <= width else size * width / wide, _LEAST)
