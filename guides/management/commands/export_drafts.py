from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

DRAFTS = """
    SELECT guides_guide.key, guides_draft.text FROM guides_draft
    JOIN guides_guide ON guides_guide.id = guides_draft.guide_id ORDER BY guides_guide.key
"""


class Command(BaseCommand):
    """Runs before the update and after it, until the next version drops the table."""

    help = "Write the drafts of version 0.9.0 into files, each as its page's file would be."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *, folder: Path, **options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(DRAFTS)
            drafts = cursor.fetchall()
        for key, text in drafts:
            path = folder / f"{key}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            self.stdout.write(str(path))
        self.stdout.write(self.style.SUCCESS(f"{len(drafts)} drafts written"))
