"""Fills the demo's database and collects its static files: `python -m sandbox.demo.prepare`.

One process for all of it, since most of the time of each is Django's own start. Standard output
has a line for each step; what the commands say goes to standard error, a log file.
"""

import hashlib
import io
import sys
import time
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from sandbox.demo.addresses import DESCRIPTION, VAR

STAMP = VAR / "static.sha256"  # of what was collected last


def main() -> None:
    django.setup()
    step("Tables", "migrate", verbosity=0)
    step("Guides", "load_guides")
    step("Radios", "load_radios")
    step("Code book and staff login", "load_demo")
    DESCRIPTION.write_text(describe())
    fingerprint = static_fingerprint()
    if not is_collected(fingerprint):
        step("Static files", "collectstatic", interactive=False, clear=True, verbosity=0)
        STAMP.write_text(fingerprint)


def step(title: str, command: str, **options: object) -> None:
    began = time.monotonic()
    print(f"  {title:<28}", end="", flush=True)
    call_command(command, stdout=sys.stderr, **options)
    print(f"{time.monotonic() - began:5.1f} s", flush=True)


def describe() -> str:
    """The demo's login and the serials to try, as the command that made them prints."""
    out = io.StringIO()
    call_command("load_demo", "--describe", stdout=out)
    return out.getvalue()


def is_collected(fingerprint: str) -> bool:
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    return manifest.exists() and STAMP.exists() and STAMP.read_text() == fingerprint


def static_fingerprint() -> str:
    """Changes with any static file; collecting and compressing takes longer than all the rest."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            status = Path(storage.path(path)).stat()
            digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    main()
