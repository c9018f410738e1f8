"""Small pieces: the lengths of functions and files, printed and held."""

import ast
import sys
from statistics import median, quantiles

from tests.house.source import app_modules, functions

MEDIAN, P90, LONGEST, FILE = 8, 25, 50, 400


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from ``def`` to the end, docstring left out: a promise to the reader is not counted against its writer."""
    end = function.end_lineno or function.lineno
    documented = ast.get_docstring(function, clean=False) is not None
    promise = (function.body[0].end_lineno or 0) - function.body[0].lineno + 1 if documented else 0
    return end - function.lineno + 1 - promise


def measured() -> list[tuple[int, str]]:
    """Every function of the application with its length, the longest first."""
    found = [
        (length(function), f"{module.path}:{function.lineno} {function.name}")
        for module in app_modules()
        for function in functions(module.tree)
    ]
    return sorted(found, reverse=True)


def test_functions_are_short(capsys):
    sizes = measured()
    lengths = [size for size, _ in sizes]
    middle, ninety = median(lengths), quantiles(lengths, n=10)[-1]
    longest, where = sizes[0]
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(lengths)} functions: median {middle:g} lines, p90 {ninety:g}, longest {longest} ({where})\n"
        )
    assert middle <= MEDIAN
    assert ninety <= P90


def test_no_function_is_longer_than_fifty_lines():
    assert [f"{where}: {size} lines" for size, where in measured() if size > LONGEST] == []


def test_no_file_is_longer_than_four_hundred_lines():
    from tests.house.source import ROOT

    longest = [
        (len((ROOT / module.path).read_text(encoding="utf-8").splitlines()), module.path) for module in app_modules()
    ]
    assert [found for found in sorted(longest, reverse=True) if found[0] > FILE] == []


def test_a_function_is_measured_without_its_docstring():
    source = 'def f():\n    """One.\n\n    Two.\n    """\n    a = 1\n    return a\n'
    assert length(functions(ast.parse(source))[0]) == 3
