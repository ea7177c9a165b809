"""docs/failures.md names the tests of each fault: all of them exist."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
PAGE = (TESTS.parent / "docs/failures.md").read_text()


def rows_of(heading: str) -> list[str]:
    table = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [line for line in table.splitlines() if line.startswith("| ")][1:]


def functions_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(
    ("heading", "faults"),
    [
        ("What may fail with money", 25),
        ("What may fail below it", 25),
        ("What was found and is fixed", 80),
    ],
)
def test_every_fault_names_its_tests(heading: str, faults: int) -> None:
    rows = rows_of(heading)
    assert len(rows) >= faults
    assert [row for row in rows if "::test_" not in row] == []


def test_the_tests_that_are_named_exist() -> None:
    named: dict[str, set[str]] = {}
    for path, name in re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE):
        named.setdefault(path, set()).add(name)
    assert {
        path: names - functions_of(TESTS / path) for path, names in named.items()
    } == dict.fromkeys(named, set())


def test_the_files_that_are_named_exist() -> None:
    files = re.findall(r"`(tests/[\w/]+\.py)`", PAGE)
    assert [path for path in files if not (TESTS.parent / path).exists()] == []
