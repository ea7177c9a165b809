from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from guides import editions
from guides.loading.exporting import file_name
from guides.loading.guides import CONTENT
from guides.models import Guide, LegalText


class Command(BaseCommand):
    help = "Write guides and legal texts into files that load_guides reads."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "pages",
            nargs="*",
            help="pages as nissan, nissan/micra, legal/terms, or their files; else all. "
            "A brand comes with its car models.",
        )
        parser.add_argument("--to", type=Path, default=CONTENT, help="folder to write to")

    def handle(self, *, pages: list[str], to: Path, **options: Any) -> None:
        guides = Guide.objects.select_related("brand", "car_model__brand").order_by("pk")
        known = [editions.page_of(guide) for guide in guides]
        known += [editions.page_of(text) for text in LegalText.objects.order_by("slug")]
        asked = [self.page_name(page) for page in pages]
        wanted = [page for page in known if not asked or is_asked(page, asked)]
        if missing := [page for page in asked if not any(is_asked(p, [page]) for p in wanted)]:
            raise CommandError(f"there is no page {', '.join(missing)}")
        written = sum(self.write(page, to) for page in wanted)
        told = f"{written} of {len(wanted)} files written to {to}, the others say the same already"
        self.stdout.write(self.style.SUCCESS(told))

    def page_name(self, asked: str) -> str:
        path = Path(asked).with_suffix("")
        return str(path.relative_to(CONTENT) if path.is_relative_to(CONTENT) else path)

    def write(self, page: str, folder: Path) -> bool:
        path = folder / file_name(page)
        text = editions.text_of(page) or ""
        if path.exists() and path.read_text(encoding="utf-8") == text:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self.stdout.write(str(path))
        return True


def is_asked(page: str, asked: list[str]) -> bool:
    return any(page == each or page.startswith(f"{each}/") for each in asked)
