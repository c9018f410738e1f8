"""Proposals into a file: CSV for spreadsheets or JSON lines, by its ending."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from app.geo.distance import BANDS
from app.kernel.words import N_
from app.matching.plan import words
from app.matching.plan.pieces import Arena, csv_cell, json_text
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

_TELLERS: Final[tuple[Callable[[Translate, int, int], str], ...]] = (
    words.distance, words.enough, words.one_handoff, words.weekly, words.diet, words.waited, words.use_soon,
    words.like_age,
)  # fmt: skip
"""Who says a reason, by the number that stands for it."""


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
        self.before = [(", " if at else "{") + f'"{name}": ' for at, name in enumerate(names)]
        self.before = self.before if as_json else ["", *[","] * (len(names) - 1)]
        self.end = b"}\n" if as_json else b"\n"
        self.list_start, self.list_end = (b"[", b"]") if as_json else (b'"', b'"')
        self.between = b", " if as_json else b"; "
        self.as_json = as_json

    def listed(self, keys: Sequence[str]) -> bytes:
        """A list of attributes as one cell."""
        if self.as_json:
            return b"[" + b", ".join(map(json_text, keys)) + b"]"
        return csv_cell("; ".join(keys))

    def reason(self, text: str) -> bytes:
        """One of several texts in a cell that is always quoted."""
        return json_text(text) if self.as_json else text.replace('"', '""').encode(errors="replace")


class Writer:
    """Writes rows in chunks; what it has encoded once it does not encode again."""

    def __init__(
        self, name: str, offers: Offers, requests: Requests, *, translate: Translate, explained: bool = False
    ) -> None:
        """Encode the ids, which every chunk needs."""
        self._form = _Form(as_json=Path(name).suffix.lower() in _ENDINGS, explained=explained)
        self._offers, self._requests, self._translate = offers, requests, translate
        self._arena, self._known = Arena(), dict[tuple[str, Any], int]()
        self._offer_at = self._arena.add(map(self._form.text, offers.ids))
        self._request_at = self._arena.add(map(self._form.text, requests.ids))
        facts = offers.columns.facts
        owner = np.repeat(np.arange(len(offers.ids)), np.diff(facts.start))
        self._stated = owner * len(KEYS) + facts.key
        self._stated_order = np.argsort(self._stated, kind="stable")

    @property
    def heading(self) -> bytes:
        """What stands before all rows."""
        return self._form.heading

    def chunk(self, rows: Chosen, told: Details, extra: Sequence[Sequence[str]] = ()) -> bytes:
        """Some rows as they stand in the file; ``extra`` holds the texts of the cells that ``--explain`` adds."""
        form = self._form
        asks = told.asks | np.where(self._requests.asks_medicines[rows.request], _MEDICINES & ~told.meets, 0)
        columns: list[list[NDArray[np.int32]]] = [
            [(self._offer_at + rows.offer).astype(np.int32)],
            [(self._request_at + rows.request).astype(np.int32)],
            [self._each("whole", told.moved, lambda number: str(number).encode())],
            [self._each("points", rows.points.astype(np.int64), lambda points: f"{points / 100:.2f}".encode())],
            [self._each("band", rows.band.astype(np.int64), lambda band: form.text(BANDS[band].code))],
            [self._each("keys", told.meets, self._keys)],
            [self._each("keys", asks, self._keys)],
            self._reasons(rows, told),
            *([self._texts(column)] for column in extra),
        ]
        pieces: list[NDArray[np.int32]] = []
        for before, column in zip(form.before, columns, strict=True):
            pieces += [self._constant(before.encode(), len(rows)), *column]
        pieces.append(self._constant(form.end, len(rows)))
        return self._arena.written(np.stack(pieces, axis=1))

    def _keys(self, bits: int) -> bytes:
        return self._form.listed([key for at, key in enumerate(KEYS) if bits >> at & 1])

    def _texts(self, texts: Sequence[str]) -> NDArray[np.int32]:
        first = self._arena.add(map(self._form.text, texts))
        return np.arange(first, first + len(texts), dtype=np.int32)

    def _constant(self, piece: bytes, count: int) -> NDArray[np.int32]:
        return np.full(count, self._number("constant", piece, lambda: piece), np.int32)

    def _number(self, kind: str, value: Any, encode: Callable[[], bytes]) -> int:  # noqa: ANN401
        number = self._known.get((kind, value))
        if number is None:
            number = self._known[kind, value] = self._arena.add([encode()])
        return number

    def _each(self, kind: str, values: Int64, encode: Callable[[int], bytes]) -> NDArray[np.int32]:
        """The piece of each value; values that occur again are encoded once."""
        different, at = np.unique(values, return_inverse=True)
        listed = different.tolist()
        fresh = [value for value in listed if (kind, value) not in self._known]
        first = self._arena.add(map(encode, fresh))
        self._known |= {(kind, value): first + place for place, value in enumerate(fresh)}
        return np.fromiter((self._known[kind, value] for value in listed), np.int32, len(listed))[at]

    def _reasons(self, rows: Chosen, told: Details) -> list[NDArray[np.int32]]:
        form, kinds = self._form, told.reasons
        payloads = self._payloads(rows, told)
        pieces = [self._constant(form.list_start, len(rows))]
        for place in range(kinds.shape[1]):
            kind = kinds[:, place].astype(np.int64)
            chosen = np.take_along_axis(payloads, np.maximum(kind, 0)[:, None], axis=1)[:, 0]
            between = self._constant(form.between if place else b"", len(rows))
            pieces.append(np.where(kind >= 0, between, 0).astype(np.int32))
            pieces.append(self._each("reason", np.where(kind >= 0, chosen, -1), self._reason))
        return [*pieces, self._constant(form.list_end, len(rows))]

    def _reason(self, number: int) -> bytes:
        if number < 0:
            return b""
        teller, one, other = number >> 2 * _NUMBER_BITS, number >> _NUMBER_BITS & _ALL_BITS, number & _ALL_BITS
        other = -1 if other == _ALL_BITS else other
        return self._form.reason(_TELLERS[teller](self._translate, one, other))

    def _payloads(self, rows: Chosen, told: Details) -> Int64:
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
        columns = {
            found.DISTANCE: _packed(0, rows.band, zero),
            found.AMOUNT: amount,
            found.DIET: _packed(4, np.maximum(told.must, 0), self._since(rows, told)),
            found.WAITED: _packed(5, posted, zero),
            found.USE_SOON: _packed(6, offers.pumped_to[rows.offer] + keeps, zero),
            found.LIKE_AGE: _packed(7, zero, zero),
        }
        return np.stack([columns[kind] for kind in sorted(columns)], axis=1)

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


def _packed(teller: int, one: NDArray[Any], other: NDArray[Any]) -> Int64:
    return np.int64(teller) << 2 * _NUMBER_BITS | one.astype(np.int64) << _NUMBER_BITS | other.astype(np.int64)
