"""Proposals into a file: CSV for spreadsheets or JSON lines, by its ending."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from app.geo.distance import BANDS
from app.kernel.ordering import stable_order
from app.kernel.words import N_
from app.matching.plan import words
from app.matching.plan.pieces import Arena, csv_cell, csv_cells, json_text
from app.matching.plan.posts import Offers, Requests
from app.matching.plan.problems import UnreadableFileError
from app.matching.plan.rows import STANDARD
from app.matching.plan.words import Translate
from app.matching.rules.feasible import STORAGE_DAYS
from app.matching.rules.many import details as found
from app.matching.rules.many.columns import KEY_AT, KEYS, STATES, STORED, Int32, Int64
from app.matching.rules.many.details import Details
from app.matching.rules.sides import FactState

COLUMNS: Final = ("offer_id", "request_id", "volume_ml", "score", "distance_band", "meets", "asks", "reasons")
EXPLAINED: Final = ("points", "answers")
"""What ``--explain`` adds."""
CHUNK_ROWS: Final = 200_000

_NOT_WRITTEN: Final = N_("%(file)s cannot be written.")
_MEDICINES: Final = 1 << KEY_AT["medicines"]
_ENDINGS: Final = frozenset({".jsonl", ".ndjson", ".json"})
_NUMBER_BITS: Final = 28
_ONE: Final = 1 << _NUMBER_BITS
_ALL_BITS: Final = _ONE - 1

_CLOSE: Final = 1 << 20

Pieces = NDArray[np.integer[Any]] | int
Numbers = NDArray[np.integer[Any]]

_TELLERS: Final[tuple[Callable[[Translate, int, int], str], ...]] = (
    words.distance, words.enough, words.one_handoff, words.weekly, words.diet, words.waited, words.use_soon,
    words.like_age,
)  # fmt: skip
"""Who says a reason, by the number that stands for it."""


_TELL_NUMBERS: Final = frozenset({words.enough, words.one_handoff, words.weekly})
"""Who says their numbers as they are: there are tens of thousands of them, and the words around stay."""
_PLACES: Final = ("\ue000", "\ue001")
"""Signs that no words use."""


class _Place(int):
    """Stands where a number is said."""

    def __str__(self) -> str:
        return _PLACES[self]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Chosen pairs in the order in which they are written: positions, hundredths of a point, number of the band."""

    offer: Int32
    request: Int32
    points: Int32
    band: NDArray[np.int8]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.offer)

    def part(self, start: int, stop: int) -> Self:
        """The pairs from ``start`` to before ``stop``."""
        rows = slice(start, stop)
        return type(self)(self.offer[rows], self.request[rows], self.points[rows], self.band[rows])


@contextmanager
def written_whole(name: str) -> Iterator[IO[bytes]]:
    """
    A file that appears under its name only when all of it is written; ``-`` is standard output.

    Raises UnreadableFileError when it cannot be written.
    """
    if name == STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(name)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    except OSError as problem:
        raise UnreadableFileError(_NOT_WRITTEN, file=name) from problem
    finally:
        part.unlink(missing_ok=True)


class _Form:
    """How cells look: as CSV, or as members of a JSON object."""

    def __init__(self, *, as_json: bool, explained: bool) -> None:
        names = [*COLUMNS, *(EXPLAINED if explained else ())]
        self.text = json_text if as_json else csv_cell
        self.heading = b"" if as_json else ",".join(names).encode() + b"\n"
        inside = [((", " if at else "{") + f'"{name}": ').encode() for at, name in enumerate(names)]
        self.before = inside if as_json else [b"", *[b","] * (len(names) - 1)]
        self.end = b"}\n" if as_json else b"\n"
        self.list_start, self.list_end = (b"[", b"]") if as_json else (b'"', b'"')
        self.between = b", " if as_json else b"; "
        self.as_json = as_json

    def texts(self, texts: Sequence[str]) -> Iterable[bytes]:
        """Each of many texts as a cell."""
        return map(self.text, texts) if self.as_json else csv_cells(texts)

    def listed(self, keys: Sequence[str]) -> bytes:
        """A list of attributes as one cell."""
        if self.as_json:
            return b"[" + b", ".join(map(json_text, keys)) + b"]"
        return csv_cell("; ".join(keys))

    def reason(self, text: str) -> bytes:
        """One of several texts in a cell that is always quoted."""
        return json_text(text) if self.as_json else text.replace('"', '""').encode(errors="replace")


class Writer:
    """Writes rows in chunks; what it has encoded once, with what stands before it, it does not encode again."""

    def __init__(
        self, name: str, offers: Offers, requests: Requests, *, translate: Translate, explained: bool = False
    ) -> None:
        """Encode the ids, which every chunk needs."""
        self._form = _Form(as_json=Path(name).suffix.lower() in _ENDINGS, explained=explained)
        self._offers, self._requests, self._translate = offers, requests, translate
        self._arena, self._known = Arena(), dict[tuple[str, int], int]()
        self._shapes = [self._shape(tell) if tell in _TELL_NUMBERS else b"" for tell in _TELLERS]
        self._offer_at = self._texts(0, offers.ids)
        self._request_at = self._texts(1, requests.ids)
        self._start = self._arena.add([self._form.before[7] + self._form.list_start])
        self._end = self._arena.add([self._form.list_end])
        self._row_end = self._arena.add([self._form.end])
        facts = offers.columns.facts
        owner = np.repeat(np.arange(len(offers.ids)), np.diff(facts.start))
        self._stated = owner * len(KEYS) + facts.key
        self._stated_order = stable_order(self._stated)

    @property
    def heading(self) -> bytes:
        """What stands before all rows."""
        return self._form.heading

    def chunk(self, rows: Chosen, told: Details, extra: Sequence[Sequence[str]] = ()) -> memoryview:
        """Some rows as they stand in the file; ``extra`` holds the texts of the cells that ``--explain`` adds."""
        form = self._form
        asks = told.asks | np.where(self._requests.asks_medicines[rows.request], _MEDICINES & ~told.meets, 0)
        pieces: list[Pieces] = [
            self._offer_at + rows.offer,
            self._request_at + rows.request,
            self._each(2, told.moved, lambda number: str(number).encode()),
            self._each(3, rows.points, lambda points: f"{points / 100:.2f}".encode()),
            self._each(4, rows.band, lambda band: form.text(BANDS[band].code)),
            self._each(5, told.meets, self._keys),
            self._each(6, asks, self._keys),
            self._start,
            *self._reasons(rows, told),
            self._end,
            *(np.arange(len(rows)) + self._texts(8 + at, texts) for at, texts in enumerate(extra)),
            self._row_end,
        ]
        numbers = np.empty((len(rows), len(pieces)), np.int32)
        for place, piece in enumerate(pieces):
            numbers[:, place] = piece
        return self._arena.written(numbers)

    def _keys(self, bits: int) -> bytes:
        return self._form.listed([key for at, key in enumerate(KEYS) if bits >> at & 1])

    def _texts(self, column: int, texts: Sequence[str]) -> int:
        """The first of the pieces that hold these cells of a column."""
        before = self._form.before[column]
        return self._arena.add(before + text for text in self._form.texts(texts))

    def _each(self, column: int, values: Numbers, encode: Callable[[int], bytes]) -> Pieces:
        """The piece of each cell of a column."""
        before = self._form.before[column]
        return self._numbered(str(column), values, lambda value: (before + encode(value),))

    def _numbered(self, kind: str, values: Numbers, encode: Callable[[int], Sequence[bytes]]) -> Pieces:
        """The first of the equally many pieces of each value; values that occur again are encoded once."""
        different, at = _different(values)
        listed, known = different.tolist(), self._known
        fresh = [value for value in listed if (kind, value) not in known]
        encoded = [encode(value) for value in fresh]
        first = self._arena.add(chain.from_iterable(encoded))
        for place, value in enumerate(fresh):
            known[kind, value] = first + place * len(encoded[0])
        numbers = np.fromiter((known[kind, value] for value in listed), np.int32, len(listed))
        return np.asarray(numbers[at])

    def _reasons(self, rows: Chosen, told: Details) -> Iterator[Pieces]:
        """Up to so many reasons; none is the empty piece, and each has a second piece that follows another reason."""
        payloads = self._payloads(rows, told)
        numbers = np.zeros((len(rows), len(payloads) + 1), np.int32)
        for kind, payload in payloads.items():
            used = (told.reasons == kind).any(axis=1)
            numbers[:, kind] = self._numbered("reason", np.where(used, payload, -1), self._reason)
        for place in range(told.reasons.shape[1]):
            kinds = told.reasons[:, place]
            yield np.take_along_axis(numbers, kinds[:, None].astype(np.intp), axis=1)[:, 0] + (kinds >= 0) * (place > 0)

    def _reason(self, number: int) -> Sequence[bytes]:
        if number < 0:
            return b"", b""
        teller, one, other = number >> 2 * _NUMBER_BITS, number >> _NUMBER_BITS & _ALL_BITS, number & _ALL_BITS
        if shape := self._shapes[teller]:
            said = shape % {b"one": one, b"other": other}
        else:
            other = -1 if other == _ALL_BITS else other
            said = self._form.reason(_TELLERS[teller](self._translate, one, other))
        return said, self._form.between + said

    def _shape(self, tell: Callable[[Translate, int, int], str]) -> bytes:
        """What is said around numbers, with places for them; empty where a translation makes more of them."""
        said = self._form.reason(tell(self._translate, _Place(0), _Place(1))).replace(b"%", b"%%")
        shape = said.replace(_PLACES[0].encode(), b"%(one)d").replace(_PLACES[1].encode(), b"%(other)d")
        as_told = self._form.reason(tell(self._translate, 1234, 56789))
        return shape if shape % {b"one": 1234, b"other": 56789} == as_told else b""

    def _payloads(self, rows: Chosen, told: Details) -> dict[int, Int64]:
        """For each kind of reason, who says it and the two numbers it speaks of, packed into one."""
        offers, requests = self._offers.columns, self._requests.columns
        whole, volume = requests.whole_need[rows.request], offers.volume[rows.offer]
        again, zero = offers.weekly[rows.offer], np.zeros(len(rows), np.int64)
        amount = np.where(
            again, _packed(3, volume, zero),
            np.where(told.milk <= whole, _packed(2, volume, whole), _packed(1, whole, zero)),
        )  # fmt: skip
        posted = np.maximum(requests.published[rows.request] // _DAY, 0) + _EPOCH_DAY
        keeps = np.array([STORAGE_DAYS.get(word, 0) for word in STORED])[offers.storage[rows.offer]]
        return {
            found.DISTANCE: _packed(0, rows.band, zero),
            found.AMOUNT: amount,
            found.DIET: _packed(4, np.maximum(told.must, 0), self._since(rows, told)),
            found.WAITED: _packed(5, posted, zero),
            found.USE_SOON: _packed(6, offers.pumped_to[rows.offer] + keeps, zero),
            found.LIKE_AGE: _packed(7, zero, zero),
        }

    def _since(self, rows: Chosen, told: Details) -> Int64:
        """Since when the donor reports what the must of each row asks; all bits set for a use within a level."""
        facts, order, stated = self._offers.columns.facts, self._stated_order, self._stated
        if not len(order):
            return np.zeros(len(rows), np.int64)
        wanted = rows.offer.astype(np.int64) * len(KEYS) + np.maximum(told.must, 0)
        row = order[np.minimum(np.searchsorted(stated[order], wanted), len(order) - 1)]
        uses = facts.state[row] == STATES.index(FactState.USES)
        return np.where(stated[row] == wanted, np.where(uses, _ALL_BITS, facts.since[row]), 0).astype(np.int64)


_DAY: Final = 86_400 * 10**6
_EPOCH_DAY: Final = 719_163
"""1970-01-01 as an ordinal."""


def _different(values: Numbers) -> tuple[NDArray[Any], NDArray[Any]]:
    """The different values, and for each value which of them it is; close ones are counted instead of sorted."""
    low, high = int(values.min(initial=0)), int(values.max(initial=0))
    if high - low > _CLOSE:
        return np.unique(values, return_inverse=True)
    places = values - low if low else values
    found = np.zeros(high - low + 1, np.bool_)
    found[places] = True
    different = np.flatnonzero(found)
    at = np.empty(len(found), np.int32)
    at[different] = np.arange(len(different), dtype=np.int32)
    return different + low, at[places]


def _packed(teller: int, one: NDArray[Any], other: NDArray[Any]) -> Int64:
    return np.int64(teller) << 2 * _NUMBER_BITS | one.astype(np.int64) << _NUMBER_BITS | other.astype(np.int64)
