"""What the layout of the tests promises."""

import ast
from pathlib import Path

TESTS = Path(__file__).parent


def modules_imported(path: Path) -> set[str]:
    imported = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return imported


def is_test_module(name: str) -> bool:
    """pytest collects it: other modules share code through tests.steps instead."""
    last = name.rpartition(".")[2]
    path = TESTS.parent / f"{name.replace('.', '/')}.py"
    return (last.startswith("test_") or last == "conftest") and path.exists()


def test_no_module_imports_a_test_module() -> None:
    found = {
        str(path.relative_to(TESTS)): sorted(filter(is_test_module, modules_imported(path)))
        for path in TESTS.rglob("*.py")
    }
    assert {path: names for path, names in found.items() if names} == {}
