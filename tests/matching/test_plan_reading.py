"""How a plan reads its files in bulk: the same as cell by cell, and every problem at the line where its row begins."""

import csv
import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.infra.areas.storage import load_names
from app.infra.gazetteer import area_of_zip, find_places
from app.matching.plan import diet, rows, writing
from app.matching.plan.cells import identities, identity
from app.matching.plan.pieces import csv_cell, csv_cells
from app.matching.plan.problems import CellError
from app.matching.plan.rows import Chunk, chunks

NAMES = st.sampled_from(["dairy", "Dairy", "soy", "caffeine", "lipase", "vaccinated", "moon cheese", 'a"},b', ""])
MEMBERS = st.one_of(
    st.fixed_dictionaries(
        {"state": st.sampled_from(["avoids", "uses", "unknown", "often"])},
        optional={
            "since": st.sampled_from(["2026-03-12", "2026-3-1", None, "}},"]),
            "level": st.sampled_from(["to_100", "x"]),
            "note": st.fixed_dictionaries({"in": st.just({})}),
        },
    ),
    st.sampled_from(["avoids", "}", 3, None]),
)


def told(read, text):
    try:
        return read(text)
    except CellError as problem:
        return problem.reason, problem.column, problem.values


def whole(text):
    return diet._stated(diet._loaded(text.strip()))


@given(st.lists(st.tuples(NAMES, MEMBERS), min_size=1, max_size=5), st.sampled_from([(", ", ": "), (",", ":")]))
def test_facts_put_together_from_their_members_are_those_of_the_whole_cell(members, between):
    inside = between[0].join(
        json.dumps(name) + between[1] + json.dumps(fact, separators=between) for name, fact in members
    )
    for text in (f"{{{inside}}}", f" {{{inside}}}\n", f"{{{inside}", f"{{{inside}}}}}", f"{{{inside}}},"):
        assert told(diet.read_facts, text) == told(whole, text)


def test_of_a_fact_that_stands_twice_the_last_counts():
    twice = '{"dairy": {"state": "avoids"}, "soy": {"state": "uses"}, "dairy": {"state": "uses"}}'
    once = '{"dairy": {"state": "uses"}, "soy": {"state": "uses"}}'
    assert diet.read_facts(twice) == diet.read_facts(once)


def test_a_remembered_member_is_forgotten_when_there_are_too_many(monkeypatch):
    monkeypatch.setattr(diet, "_MOST_MEMBERS", 0)
    first = diet.read_facts('{"dairy": {"state": "avoids"}}')
    assert diet.read_facts('{"dairy": {"state": "avoids"}}') == first
    assert len(diet._members) == 1


def test_five_digits_lie_in_the_area_that_a_search_gives():
    codes = [f"{code:05}" for code in load_names().zip_code[::97].tolist()]
    assert [area_of_zip(code) for code in codes] == [find_places(code).exact[0].area for code in codes]
    assert [area_of_zip(text) for text in ("00000", "53703-1234", "Madison, WI", "")] == [None] * 4


@given(st.lists(st.sampled_from(["a1", " b ", "é", "", " ", "c\nd", "x" * 201, "O7"]), max_size=4))
def test_ids_read_at_once_are_those_read_one_by_one(texts):
    found = identities(texts)
    if found is not None:
        assert found == [identity(text) for text in texts]
    else:
        assert any(told(identity, text) != text.strip() or not text.isascii() for text in texts)


@given(
    st.lists(st.one_of(st.text(max_size=6), st.sampled_from(["O1", "a b", "-1", "=x", "a,b", '"', "", " a", "a\n"])))
)
def test_cells_written_at_once_are_those_written_one_by_one(texts):
    texts = [text.encode(errors="replace").decode() for text in texts]
    assert csv_cells(texts) == [csv_cell(text) for text in texts]


@given(st.lists(st.integers(-5, 9)), st.sampled_from([1, 1_000_000]))
def test_values_counted_are_those_sorted(values, apart):
    values = np.array(values, np.int64) * apart
    different, at = writing._different(values)
    assert different[at].tolist() == values.tolist()
    assert different.tolist() == sorted(set(values.tolist()))


TABLE = "id,facts\n"
ROWS = {
    "plain": ("a,1\nb,2\n", [2, 3], []),
    "empty lines": ("a,1\n\n,\nb,2\n", [2, 5], []),
    "a cell of several lines": ('a,"1\n2\n"\nb,"x\r\ny"\nc,3\n', [2, 5, 7], []),
    "short and long rows": ("a\nb,2,\nc,3,4\nd,5\n", [2, 3, 5], [4]),
    "a cell without an end": ("a,1\nb," + "x" * 2_000 + "\nc,3\n", [2, 4], [3]),
    "a mark that never ends": ('a,1\n"b,2\nc,3\n', [2, 3], []),
    "other line ends": ("a,1\r\nb,2\rc,3\r\n", [2, 3, 4], []),
}


@pytest.mark.parametrize("batch", [1, 2, 3, 5_000])
@pytest.mark.parametrize(("text", "lines", "broken"), ROWS.values(), ids=ROWS)
def test_every_row_knows_the_line_it_begins_on(monkeypatch, batch, text, lines, broken):
    monkeypatch.setattr(rows, "CHUNK_ROWS", batch)
    monkeypatch.setattr(rows, "_LONGEST_CELL", 1_000)
    problems = []
    source = io.TextIOWrapper(io.BytesIO((TABLE + text).encode()), encoding="utf-8", newline="")
    try:
        parts = list(chunks("offers.csv", source, frozenset({"id"}), report=problems.append))
    finally:
        csv.field_size_limit(131_072)
    assert [line for part in parts if isinstance(part, Chunk) for line in part.lines] == lines
    assert [problem.line for problem in problems] == broken
