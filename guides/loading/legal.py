"""Legal texts: `content/legal/<slug>.md`, the title in the first line, then what the page says."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from guides.loading.files import ContentError, Problem
from guides.loading.rows import Report, faults, sync_row
from guides.models import LegalText


def read_legal_texts(paths: Iterable[Path]) -> dict[str, dict[str, str]]:
    """Values of LegalText by slug."""
    texts: dict[str, dict[str, str]] = {}
    problems: list[Problem] = []
    for path in paths:
        for file in sorted(path.rglob("*.md")) if path.is_dir() else [path]:
            if file.suffix != ".md":
                continue
            first, _newline, body = file.read_text(encoding="utf-8").partition("\n")
            if not first.startswith("# "):
                problems.append(
                    Problem(file, 1, "title", "the first line must be '# ' and a title")
                )
            values = {"slug": file.stem, "title": first.removeprefix("# "), "body": body.strip()}
            problems += [Problem(file, 1, *fault) for fault in faults(LegalText, values)]
            texts[file.stem] = values
    if problems:
        raise ContentError(problems)
    return texts


def load_legal_texts(
    texts: Mapping[str, Mapping[str, str]], report: Report, force: bool = False
) -> None:
    for slug, values in texts.items():
        report.note(sync_row(LegalText, {"key": slug}, values, force))
