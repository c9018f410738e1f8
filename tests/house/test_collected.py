"""Every function in tests/ that asserts is really run: collected by its name, a fixture, or called by one that is."""

import ast

import pytest

from tests.house.source import dotted, functions, modules_of_tests


def asserts(function: ast.AST) -> bool:
    """Whether the function itself asserts: ``assert``, ``pytest.raises``, ``pytest.fail`` or an ``expect(…)``."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call) and dotted(node.func) in {"pytest.raises", "pytest.fail", "expect"}:
            return True
    return False


def is_collected(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether pytest finds it by its name, or it is a fixture, or a hypothesis state machine's step."""
    marks = {dotted(mark.func if isinstance(mark, ast.Call) else mark) for mark in function.decorator_list}
    return function.name.startswith(("test_", "pytest_")) or bool(
        marks & {"pytest.fixture", "fixture", "rule", "invariant"}
    )


def names_used(tree: ast.AST) -> set[str]:
    """Every name and attribute a tree mentions: what could be calling a helper."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} | {
        node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)
    }


def never_run(modules) -> list[str]:
    """Asserting functions that nothing mentions and that pytest does not collect."""
    mentioned = set().union(*(names_used(module.tree) for module in modules))
    return [
        f"{module.path}:{function.lineno} {function.name}"
        for module in modules
        for function in functions(module.tree)
        if asserts(function) and not is_collected(function) and function.name not in mentioned
    ]


def test_every_asserting_function_is_run():
    assert never_run(modules_of_tests()) == []


def test_every_test_stands_in_a_module_that_pytest_collects():
    misplaced = [
        f"{module.path} {function.name}"
        for module in modules_of_tests()
        if not module.path.rpartition("/")[2].startswith("test_")
        for function in module.tree.body
        if isinstance(function, ast.FunctionDef) and function.name.startswith("test_")
    ]
    assert misplaced == []


@pytest.mark.parametrize(
    ("source", "run"),
    [
        ("def test_x():\n    assert 1", True),
        ("def check():\n    assert 1", False),
        ("def check():\n    assert 1\ndef test_x():\n    check()", True),
        ("@pytest.fixture\ndef x():\n    assert 1", True),
        ("def tset_x():\n    with pytest.raises(ValueError):\n        f()", False),
        ("class TestX:\n    def check(self):\n        assert 1\n    def test_x(self):\n        self.check()", True),
    ],
)
def test_a_function_that_is_never_run_is_noticed(source, run):
    from tests.house.source import Module

    assert (never_run([Module("tests.x", "tests/x.py", ast.parse(source))]) == []) is run
