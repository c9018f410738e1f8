"""What import-linter's wildcards cannot say: foreign tables, transactions, clocks, the network. Pure extractors."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.house.source import Module, calls, dotted, name_called

WRITERS = frozenset({"insert", "update", "delete", "postgresql_insert", "sqlite_insert", "bulk_insert_mappings"})
CLOCKS = frozenset({
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "datetime.datetime.now",
    "datetime.date.today",
})  # fmt: skip
NETWORK = frozenset({"requests", "httpx", "aiohttp", "urllib3", "urllib.request", "http.client", "ftplib", "socket"})


@dataclass(frozen=True)
class Finding:
    """Where a house rule is broken: ``path:line`` and what stands there."""

    path: str
    line: int
    what: str

    def __str__(self) -> str:
        """As a compiler would print it."""
        return f"{self.path}:{self.line}: {self.what}"


def tables_of(modules: tuple[Module, ...]) -> dict[str, str]:
    """Each table class (anything with ``__tablename__``) by ``capability.Class`` → its capability."""
    return {f"{module.capability}.{name}": module.capability for module in modules for name in _table_classes(module)}


def _table_classes(module: Module) -> Iterator[str]:
    for node in module.tree.body:
        if isinstance(node, ast.ClassDef) and any(_names_table(statement) for statement in node.body):
            yield node.name


def _names_table(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Assign) and any(dotted(target) == "__tablename__" for target in statement.targets)


def imported_tables(module: Module, tables: Mapping[str, str]) -> dict[str, str]:
    """The table classes a module knows, by the name it uses (own classes, ``from … import X as Y``, ``models.X``)."""
    known = dict.fromkeys(_table_classes(module), module.capability)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("app."):
            known.update(_from(node, tables))
    return known


def _from(node: ast.ImportFrom, tables: Mapping[str, str]) -> dict[str, str]:
    capability = (node.module or "").split(".")[1]
    found = {}
    for alias in node.names:
        used = alias.asname or alias.name
        if f"{capability}.{alias.name}" in tables:
            found[used] = capability
        if alias.name in {"models", "jobs"}:
            owned = {key.split(".")[1]: owner for key, owner in tables.items() if owner == capability}
            found.update({f"{used}.{name}": owner for name, owner in owned.items()})
    return found


def foreign_writes(module: Module, tables: Mapping[str, str]) -> list[Finding]:
    """Where a module makes, inserts, changes or deletes rows of another capability's table."""
    known = imported_tables(module, tables)
    foreign = {name for name, owner in known.items() if owner != module.capability}
    found = [_written(module, call, foreign) for call in calls(module.tree)]
    return [finding for finding in found if finding] + _changed_rows(module, foreign)


def _written(module: Module, call: ast.Call, foreign: set[str]) -> Finding | None:
    called = name_called(call)
    if called in foreign:
        return Finding(module.path, call.lineno, f"makes a row of the foreign table {called}")
    first = dotted(call.args[0]) if call.args else ""
    if called.split(".")[-1] in WRITERS and first.removesuffix(".__table__") in foreign:
        return Finding(module.path, call.lineno, f"{called}s rows of the foreign table {first}")
    return None


def _changed_rows(module: Module, foreign: set[str]) -> list[Finding]:
    """Attribute assignments on, and deletions of, variables that hold a row fetched from a foreign table."""
    found = []
    for scope in (node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef)):
        rows = _rows_held(scope, foreign)
        for node in ast.walk(scope):
            for target in _assigned(node):
                if isinstance(target, ast.Attribute) and dotted(target.value) in rows:
                    what = f"changes {dotted(target)}, a row of a foreign table"
                    found.append(Finding(module.path, target.lineno, what))
            if (
                isinstance(node, ast.Call)
                and name_called(node).endswith(".delete")
                and node.args
                and dotted(node.args[0]) in rows
            ):
                found.append(
                    Finding(module.path, node.lineno, f"deletes {dotted(node.args[0])}, a row of a foreign table")
                )
    return found


def _rows_held(scope: ast.FunctionDef, foreign: set[str]) -> set[str]:
    """Names bound in ``scope`` from ``session.get(Foreign, …)``, from a query of whole rows, or annotated as one."""
    held = {arg.arg for arg in scope.args.args + scope.args.kwonlyargs if _annotation(arg.annotation) & foreign}
    for node in ast.walk(scope):
        if (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and _annotation(node.annotation) & foreign
        ):
            held.add(node.target.id)
        if isinstance(node, ast.Assign) and _fetches(node.value, foreign):
            held.update(target.id for target in node.targets if isinstance(target, ast.Name))
    return held


def _annotation(node: ast.AST | None) -> set[str]:
    return {dotted(part) for part in ast.walk(node)} if node is not None else set()


def _fetches(value: ast.AST, foreign: set[str]) -> bool:
    fetchers = {"get", "get_one", "query", "select"}
    return any(
        name_called(call).split(".")[-1] in fetchers and any(dotted(arg) in foreign for arg in call.args)
        for call in calls(value)
    )


def _assigned(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return node.targets
    return [node.target] if isinstance(node, ast.AugAssign | ast.AnnAssign) else []


def transaction_ends(module: Module) -> list[Finding]:
    """Where a module commits or rolls back."""
    return [
        Finding(module.path, call.lineno, f"{name_called(call)}()")
        for call in calls(module.tree)
        if name_called(call).split(".")[-1] in {"commit", "rollback"} and "." in name_called(call)
    ]


def clock_reads(module: Module) -> list[Finding]:
    """Where a module reads the wall clock itself."""
    return [
        Finding(module.path, call.lineno, f"{name_called(call)}()")
        for call in calls(module.tree)
        if name_called(call) in CLOCKS
    ]


def uses_of_utcnow(module: Module) -> list[Finding]:
    """Where a module asks ``infra.clock`` for the moment."""
    return [
        Finding(module.path, call.lineno, "utcnow()")
        for call in calls(module.tree)
        if name_called(call).split(".")[-1] == "utcnow"
    ]


def network_imports(module: Module) -> list[Finding]:
    """Where a module imports something that reaches out."""
    found = []
    for node in ast.walk(module.tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        found += [Finding(module.path, node.lineno, f"imports {name}") for name in names if name in NETWORK]
    return found
