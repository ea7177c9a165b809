"""What the commands of a chaos run have in common: servers of their own, and Django on them."""

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.core.management import call_command

from tests.plugin import ENVIRONMENT
from tests.servers import Servers


@contextmanager
def servers_of_our_own() -> Iterator[tuple[Servers, Path]]:
    """PostgreSQL with all tables, Redis, and a folder for what the processes print."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # stops the processes, too
    servers = Servers("postgres", "redis")
    try:
        os.environ.update(ENVIRONMENT | servers.addresses)
        os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
        django.setup()
        call_command("migrate", verbosity=0)
        with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
            yield servers, Path(folder)
    finally:
        servers.stop()
