"""The next release: a copy of this tree with another style sheet, and a column more."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from tests.steps.processes import ROOT

PARTS = ("guides", "orders", "shop", "templates")
# what customers' pages do not name, and takes long to pack
NOT_COLLECTED = ("admin", "unfold", "*.woff2")
MIGRATION = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "{before}")]
    operations = [
        migrations.AddField("order", "of_next_release", models.TextField(db_default="")),
    ]
"""
FIELD = """
from django.db import models  # noqa: E402

Order.add_to_class("of_next_release", models.TextField(db_default=""))
"""


class NextRelease:
    """As deploy/release makes one: a folder of its own, which has the files of both releases."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.root = folder / "next"
        self.running, self.static = Path(environment["STATIC_ROOT"]), folder / "next-static"
        self.settings = {"STATIC_ROOT": str(self.static)}
        self._environment = os.environ | environment | self.settings
        leave_out = shutil.ignore_patterns("__pycache__", "content")
        for part in PARTS:
            shutil.copytree(ROOT / part, self.root / part, ignore=leave_out)
        migrations = self.root / "orders" / "migrations"
        self.before = max(file.stem for file in migrations.glob("0*.py"))
        self.migration = f"{int(self.before[:4]) + 1:04}_next_release"
        (migrations / f"{self.migration}.py").write_text(MIGRATION.format(before=self.before))
        with (self.root / "orders" / "models" / "order.py").open("a") as model:
            model.write(FIELD)
        with (self.root / "shop" / "static" / "shop" / "site.css").open("a") as style:
            style.write("\n.of-next-release { color: inherit }\n")

    def collect(self) -> None:
        """With the files of the release that runs; and its folder gets the new ones."""
        ignored = [f"--ignore={pattern}" for pattern in NOT_COLLECTED]
        self.manage("collectstatic", "--no-input", "-v0", *ignored)
        for source, target in ((self.running, self.static), (self.static, self.running)):
            add_files(source, target)

    def manage(self, *command: str) -> None:
        command = (sys.executable, "-m", "django", *command)
        subprocess.run(command, cwd=self.root, env=self._environment, check=True, timeout=120)

    @contextmanager
    def migrated(self) -> Iterator[None]:
        """The old release goes on working on the tables of the next. Undone for the other tests."""
        self.manage("migrate", "-v0")
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ALTER TABLE orders_order DROP COLUMN of_next_release")
                cursor.execute("DELETE FROM django_migrations WHERE name = %s", [self.migration])


def add_files(source: Path, target: Path) -> None:
    """`cp --recursive --no-clobber`"""
    for file in source.rglob("*"):
        there = target / file.relative_to(source)
        if file.is_file() and not there.exists():
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, there)
