"""Hostile requests and files: `make fuzz`. None may be answered with a 5xx.

Of 10,000 requests half go through Django in this process, half as bytes to a real gunicorn on
PostgreSQL. To these come half as many lists of the admin, each asked for a field of a model; a
tenth as many public pages that are not in memory, with malformed cookies; and a hundredth as many
spreadsheets, PDFs and photos, none of which may take more than 600 MB or 15 s. Before them,
as many words, fragments of labels and serials of every make: no word may be sold a computed code
unasked, and no serial refused.

A run prints its seed; with --seed it is the same again, with --only one request of it.
"""

import argparse
import os
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import django
from django.conf import settings
from django.core.management import call_command

from tests.plugin import ENVIRONMENT
from tests.servers import Servers
from tests.steps.postmark import SECRET

if TYPE_CHECKING:
    from tests.hostile.onslaught import Report

SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "shop.settings",
    "EMAIL_PROVIDER": "postmark",
    "EMAIL_URL": "",
    "ANYMAIL_POSTMARK_SERVER_TOKEN": "of-the-tests",
    "MAIL_WEBHOOK_SECRET": SECRET,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.hostile.fuzz", description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", default="", help="of an earlier run; otherwise by chance")
    parser.add_argument("--only", type=int, help="the number of one request, to look closer")
    parser.add_argument("--part", choices=["serials", "files", "pages", "lists", "direct", "raw"])
    options = parser.parse_args()
    seed = options.seed or secrets.token_hex(4)
    print(f"{options.requests} requests, --seed {seed}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # stops the processes, too
    whole, half = options.requests, options.requests // 2
    ends = [0, half, whole, whole + half, whole + half + whole // 10]
    ends.append(ends[-1] + whole // 100)
    names = ("direct", "raw", "lists", "pages", "files")
    direct, raw, lists, pages, files = (
        [each for each in range(start, end) if options.only in (None, each)]
        if options.part in (None, name)
        else []
        for name, (start, end) in zip(names, pairwise(ends), strict=True)
    )
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fuzz-")))
        servers = Servers("postgres", "redis")
        stack.callback(servers.stop)
        os.environ.update(ENVIRONMENT | servers.addresses | SETTINGS)
        django.setup()
        call_command("migrate", verbosity=0)
        # no file was collected for this process
        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
        # these need Django's settings, which needed the servers
        from tests.hostile.odd_files import send_files
        from tests.hostile.onslaught import Onslaught
        from tests.hostile.raw_bytes import assault
        from tests.hostile.town import fill
        from tests.steps.odd_serials import Fuzz

        wrong = read_serials(Fuzz(seed).faults(whole)) if options.part in (None, "serials") else 0
        root = fill()
        onslaught = Onslaught(seed, root)
        wrong += described("files", files, lambda numbers: send_files(seed, root, numbers))
        wrong += described("public pages", pages, onslaught.ask_cold)
        wrong += described("lists of the admin", lists, onslaught.ask_lists)
        wrong += described("through Django", direct, onslaught.run)
        wrong += described("as bytes", raw, lambda numbers: assault(folder, seed, root, numbers))
    print(f"\n{wrong} wrong, --seed {seed}")
    sys.exit(bool(wrong))


def read_serials(faults: Iterable[str]) -> int:
    """Returns how many were read wrongly."""
    began = time.monotonic()
    faults = list(faults)
    print(f"\nwords and serials, {time.monotonic() - began:.0f} s")
    for fault in faults:
        print("WRONG", fault)
    return len(faults)


def described(how: str, numbers: Sequence[int], run: Callable[[Sequence[int]], "Report"]) -> int:
    """Returns how many were wrong."""
    if not numbers:
        return 0
    began = time.monotonic()
    report = run(numbers)
    print(f"\n{len(numbers)} {how}, {time.monotonic() - began:.0f} s")
    print("  answers", ", ".join(f"{code}: {n}" for code, n in sorted(report.answers.items())))
    for took, which in report.slowest[:3]:
        print(f"  {took:.1f} s {which}")
    for each in report.wrong:
        print("WRONG", each)
    sys.stdout.flush()
    return len(report.wrong)


if __name__ == "__main__":
    main()
