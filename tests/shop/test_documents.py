"""What README and docs/ tell to type, open or follow is there."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).parent.parent.parent
DOCUMENTS = [
    "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md",
    *(str(page.relative_to(ROOT)) for page in sorted((ROOT / "docs").rglob("*.md"))),
]  # fmt: skip
FOLDERS = "guides|orders|shop|sandbox|tests|deploy|benchmarks|templates|docs|\\.ci"
MAKEFILE = (ROOT / "Makefile").read_text()

documents = pytest.mark.parametrize("document", DOCUMENTS)


def read(document: str) -> str:
    return (ROOT / document).read_text()


@documents
def test_links_and_their_headings_exist(document: str) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", read(document)):
        path, _, anchor = target.partition("#")
        page = (ROOT / document).parent / path if path else ROOT / document
        assert page.exists(), target
        assert not anchor or anchor in anchors_of(page.read_text()), target


def anchors_of(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@documents
def test_files_and_folders_exist(document: str) -> None:
    named = re.findall(rf"`((?:{FOLDERS})/[\w./-]*)`", read(document))
    # the table of faults names its tests from tests/ on
    folders = ROOT, ROOT / "tests"
    assert [path for path in named if not any((each / path).exists() for each in folders)] == []


@documents
def test_commands_exist(document: str) -> None:
    text = read(document)
    targets = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))
    targets |= {each for line in re.findall(r"^AUDITS := (.+)$", MAKEFILE, re.MULTILINE)
                for each in line.split()}  # fmt: skip
    assert set(re.findall(r"`make ([a-z-]+)", text)) <= targets
    assert set(re.findall(r"manage\.py\s+([a-z_]+)", text)) <= get_commands().keys()
    modules = re.findall(rf"-m ((?:{FOLDERS})\.[\w.]*\w)", text)
    paths = [ROOT / module.replace(".", "/") for module in modules]
    assert all(path.is_dir() or path.with_suffix(".py").exists() for path in paths), modules


@documents
def test_nothing_is_left_to_be_filled_in(document: str) -> None:
    assert re.findall(r"^@?[A-Z]{4,}@?$|\| [A-Z]{5,} \|", read(document), re.MULTILINE) == []
