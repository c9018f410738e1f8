"""Compiled loops: kept beside their source, called without the compiler, and made anew when anything differs."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from app.kernel.compiling import compiled
from tests.house.source import ROOT

SOURCE = """
from typing import NamedTuple
import numpy as np
from app.kernel.compiling import compiled

FACTOR = 3

class Columns(NamedTuple):
    amount: np.ndarray
    open: np.ndarray

@compiled
def times(number):
    return number * FACTOR

@compiled
def total(columns, least, halved, out):
    found = 0.0
    for row in range(len(columns.amount)):
        if columns.open[row] and columns.amount[row] >= least:
            found += times(columns.amount[row])
            out[row, 1] = columns.amount[row]
    return found / 2 if halved else found
"""
CALL = """
import sys
import numpy as np
from loops import Columns, total
out = np.zeros((3, 2), np.int32)
columns = Columns(np.array([1.5, 2.0, 8.0]), np.array([True, True, False]))
print(total(columns, 1, False, out), total(columns, 2, True, out), out.tolist(), "numba" in sys.modules)
"""
ANSWER = "10.5 3.0 [[0, 1], [0, 2], [0, 0]]"


@pytest.fixture
def loops(tmp_path):
    """Calls the loops of a file in a process of its own."""
    (tmp_path / "loops.py").write_text(SOURCE)

    def call(text=CALL):
        return subprocess.run(
            [sys.executable, "-c", text], cwd=tmp_path, env={"PYTHONPATH": f"{ROOT}:{tmp_path}"},
            capture_output=True, text=True, check=True, timeout=120,
        ).stdout.strip()  # fmt: skip

    call.folder = tmp_path
    return call


def kept(folder: Path) -> list[Path]:
    return sorted((folder / "__pycache__").glob("*.o"))


def test_what_was_compiled_once_is_called_without_the_compiler(loops):
    assert loops() == f"{ANSWER} True"
    assert loops() == f"{ANSWER} False"
    assert [each.name.split("-")[0] for each in kept(loops.folder)] == ["loops.total"]


def test_a_changed_constant_of_a_called_loop_compiles_anew(loops):
    loops()
    (loops.folder / "loops.py").write_text(SOURCE.replace("FACTOR = 3", "FACTOR = 30"))
    assert loops() == "105.0 30.0 [[0, 1], [0, 2], [0, 0]] True"


@pytest.mark.parametrize("broken", [b"", b"\n", b"of another time\nno machine code"])
def test_a_file_that_does_not_agree_is_written_over(loops, broken):
    loops()
    kept(loops.folder)[0].write_bytes(broken)
    assert loops() == f"{ANSWER} True"
    assert loops() == f"{ANSWER} False"


def test_where_nothing_can_be_kept_the_answer_is_the_same(loops):
    (loops.folder / "__pycache__").write_text("no folder")
    assert loops() == f"{ANSWER} True"
    assert loops() == f"{ANSWER} True"


@compiled
def _sum(numbers):
    found = 0
    for row in range(numbers.shape[0]):
        for place in range(numbers.shape[1]):
            found += numbers[row, place]
    return found


def test_rows_that_do_not_lie_one_after_another_are_read_too():
    numbers = np.arange(12).reshape(3, 4)
    assert _sum(numbers) == _sum(numbers.T) == _sum(numbers[:, ::-1]) == 66


def test_what_is_neither_array_nor_number_is_refused():
    with pytest.raises(TypeError, match="not str"):
        _sum("1, 2, 3")


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[:-300],
        lambda whole: whole[:60],
        lambda whole: whole.partition(b"\n")[0] + b"\n",
        lambda whole: whole.partition(b"\n")[0] + b"\n" + bytes(5000),
    ],
)
def test_a_file_that_is_not_whole_is_made_anew(loops, damage):
    loops()
    (file,) = kept(loops.folder)
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert loops() == f"{ANSWER} True"
    assert file.read_bytes() == whole


def test_a_truth_of_numpy_is_one_and_an_array_beside_the_loop_is_part_of_it(loops):
    text = CALL.replace("1, False, out", "1, np.bool_(False), out")
    assert loops(text).startswith("10.5 3.0")
    (loops.folder / "loops.py").write_text(
        SOURCE.replace("FACTOR = 3", "FACTORS = np.array([3])").replace("number * FACTOR", "number * FACTORS[0]")
    )
    assert loops().startswith("10.5 3.0")
    (loops.folder / "loops.py").write_text(
        SOURCE.replace("FACTOR = 3", "FACTORS = np.array([6])").replace("number * FACTOR", "number * FACTORS[0]")
    )
    assert loops().startswith("21.0 6.0")
