"""Legal texts: `content/legal/<slug>.md`, the title in the first line, then what the page says."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from guides import editions
from guides.loading.exporting import LEGAL
from guides.loading.files import ContentError, Problem
from guides.loading.rows import Report, faults, sync_row
from guides.models import Edition, LegalText


def read_legal_texts(paths: Iterable[Path]) -> dict[str, dict[str, str]]:
    """Values of LegalText by slug."""
    texts: dict[str, dict[str, str]] = {}
    problems: list[Problem] = []
    for path in paths:
        for file in sorted(path.rglob("*.md")) if path.is_dir() else [path]:
            if file.suffix != ".md":
                continue
            text = file.read_text(encoding="utf-8")
            if not text.startswith("# "):
                problems.append(
                    Problem(file, 1, "title", "the first line must be '# ' and a title")
                )
            values = legal_values(file, text)
            problems += [Problem(file, 1, *fault) for fault in faults(LegalText, values)]
            texts[file.stem] = values
    if problems:
        raise ContentError(problems)
    return texts


def legal_values(file: Path, text: str) -> dict[str, str]:
    first, _newline, body = text.partition("\n")
    return {"slug": file.stem, "title": first.removeprefix("# ").strip(), "body": body.strip()}


def load_legal_texts(
    texts: Mapping[str, Mapping[str, str]], report: Report, force: bool = False
) -> None:
    for slug, values in texts.items():
        editions.keep(f"{LEGAL}{slug}", Edition.What.FOUND)
        report.note(change := sync_row(LegalText, {"key": slug}, values, force))
        if change.is_done:
            editions.keep(f"{LEGAL}{slug}", Edition.What.LOADED)
