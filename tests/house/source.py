"""Reads the project's own source as syntax trees, for the tests that hold the house rules."""

import ast
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
APP = ROOT / "app"
TESTS = ROOT / "tests"


@dataclass(frozen=True)
class Module:
    """One source file: its dotted name, its path from the root, its tree."""

    name: str
    path: str
    tree: ast.Module

    @property
    def capability(self) -> str:
        """The package right under ``app``, or the module's own name when it lies beside them."""
        return self.name.split(".")[1] if "." in self.name else self.name


def parsed(path: Path) -> Module:
    """The module at ``path``."""
    relative = path.relative_to(ROOT)
    name = ".".join(relative.with_suffix("").parts).removesuffix(".__init__")
    return Module(name, str(relative), ast.parse(path.read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def app_modules() -> tuple[Module, ...]:
    """Every module under ``app``."""
    return tuple(parsed(path) for path in sorted(APP.rglob("*.py")))


@lru_cache(maxsize=1)
def modules_of_tests() -> tuple[Module, ...]:
    """Every module under ``tests``."""
    return tuple(parsed(path) for path in sorted(TESTS.rglob("*.py")))


def functions(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a tree, nested ones too."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def calls(tree: ast.AST) -> list[ast.Call]:
    """Every call of a tree."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def name_called(call: ast.Call) -> str:
    """The dotted name a call is written with; parts that are no names become ``?``: ``?.commit``, ``datetime.now``."""
    return dotted(call.func)


def dotted(node: ast.AST) -> str:
    """A name or attribute chain as text."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return "?"
