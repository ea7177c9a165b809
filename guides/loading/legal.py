"""Legal texts: `content/legal/<slug>.md`, the title in the first line, then what the page says."""

from collections.abc import Iterable
from pathlib import Path

from guides.loading.files import ContentError, Problem
from guides.loading.pages import Page, faults, plain, put
from guides.models import LegalText


class LegalPage(Page):
    def __init__(self, slug: str, values: dict[str, str]) -> None:
        self.name, self.shipped, self.key = f"legal/{slug}", values, {"key": slug}

    def rows(self) -> Iterable[LegalText]:
        return LegalText.objects.filter(**self.key)

    def standing(self) -> dict[str, str] | None:
        text = LegalText.objects.filter(**self.key).first()
        return {name: plain(getattr(text, name)) for name in self.shipped} if text else None

    def replace(self) -> None:
        put(LegalText, self.key, self.shipped)


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
