"""The release before this one, out of Git, with a database of its own."""

import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connection

from tests.steps.processes import ROOT

OLD = "6addefdb5c493090a555ff57d63b2ce741afcfbe"  # 0.9.0; a clone may lack its tag
PARTS = ("guides", "orders", "shop", "templates")
# what customers' pages do not name, and takes long to pack
NOT_COLLECTED = ("admin", "unfold", "*.woff2")


@dataclass(frozen=True)
class Release:
    """Where a release lies, and the settings that its processes have beside the shop's."""

    root: Path
    settings: dict[str, str]

    @property
    def static(self) -> Path:
        return Path(self.settings["STATIC_ROOT"])

    def manage(self, *command: str, **environment: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "django", *command],
            cwd=self.root,
            env=os.environ | environment | self.settings,
            check=True,
            timeout=120,
        )

    def collect(self, before: "Release | None" = None, **environment: str) -> None:
        """As deploy/release does: pages of either release find their files on either machine."""
        ignored = [f"--ignore={pattern}" for pattern in NOT_COLLECTED]
        self.manage("collectstatic", "--no-input", "-v0", *ignored, **environment)
        if before:
            add_files(before.static, self.static)
            add_files(self.static, before.static)


def old_release(folder: Path) -> Release:
    """0.9.0, with a style sheet that differs from any other release's."""
    root = folder / "0.9.0"
    with tarfile.open(fileobj=io.BytesIO(archive_of(OLD))) as archive:
        archive.extractall(root, filter="data")
    with (root / "shop" / "static" / "shop" / "site.css").open("a") as style:
        style.write("\n.of-the-old-release { color: inherit }\n")
    return Release(root, {"STATIC_ROOT": str(folder / "old-static")})


def new_release(folder: Path) -> Release:
    """This tree."""
    return Release(ROOT, {"STATIC_ROOT": str(folder / "new-static")})


def archive_of(commit: str) -> bytes:
    git = ["git", "-C", str(ROOT)]
    if subprocess.run([*git, "cat-file", "-e", f"{commit}^{{commit}}"], check=False).returncode:
        pytest.fail(f"This clone lacks {commit}, the old release: git fetch --unshallow --tags")
    return subprocess.run([*git, "archive", commit, *PARTS], check=True, capture_output=True).stdout


@contextmanager
def own_database(name: str) -> Iterator[None]:
    """An empty database, which the tests' connections lead to as well, in every thread."""
    former = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {name}")
    switch_to(name)
    try:
        yield
    finally:
        switch_to(former)
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def switch_to(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def add_files(source: Path, target: Path) -> None:
    """`cp --recursive --no-clobber`"""
    for file in source.rglob("*"):
        there = target / file.relative_to(source)
        if file.is_file() and not there.exists():
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_bytes(file.read_bytes())
