"""10,000 hostile requests: `make fuzz`. Half go through Django in this process, half as bytes to a
real gunicorn on PostgreSQL. None may be answered with a 5xx.

A run prints its seed; with --seed it is the same again, with --only one request of it.
"""

import argparse
import os
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import django
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
    options = parser.parse_args()
    seed = options.seed or secrets.token_hex(4)
    print(f"{options.requests} requests, --seed {seed}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # stops the processes, too
    half = options.requests // 2
    first, second = (
        [each for each in numbers if options.only in (None, each)]
        for numbers in (range(half), range(half, options.requests))
    )
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fuzz-")))
        servers = Servers("postgres", "redis")
        stack.callback(servers.stop)
        os.environ.update(ENVIRONMENT | servers.addresses | SETTINGS)
        django.setup()
        call_command("migrate", verbosity=0)
        # these need Django's settings, which needed the servers
        from tests.hostile.onslaught import Onslaught
        from tests.hostile.raw_bytes import assault
        from tests.hostile.town import fill

        root = fill()
        wrong = described("through Django", first, Onslaught(seed, root).run)
        wrong += described("as bytes", second, lambda numbers: assault(folder, seed, root, numbers))
    print(f"\n{wrong} wrong, --seed {seed}")
    sys.exit(bool(wrong))


def described(how: str, numbers: Sequence[int], run: Callable[[Sequence[int]], "Report"]) -> int:
    """Returns how many were wrong."""
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
