"""Refuses migrations that the version before would not survive. Called by make check.

While a release is switched, and after it was rolled back, old code works on new tables: so a
column that is dropped, renamed or wanted without a default comes in two releases.
"""

import os
import sys

import django

from tests.plugin import ENVIRONMENT
from tests.servers import Servers

APPS = ["guides", "orders", "shop"]
# Looked at one by one: what stands here is the beginning, before which there was no version.
FROM_THE_START = ["0001_initial"]


def main() -> int:
    servers = Servers("postgres")
    try:
        os.environ.update(ENVIRONMENT | servers.addresses | {"REDIS_URL": "redis://localhost:1"})
        os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
        django.setup()
        # it asks Django's settings when it is imported
        from django_migration_linter import MigrationLinter

        linter = MigrationLinter(
            include_apps=APPS, ignore_name=FROM_THE_START, no_cache=True, quiet=["ok", "ignore"]
        )
        linter.lint_all_migrations()
        linter.print_summary()
        return int(linter.has_errors)
    finally:
        servers.stop()


if __name__ == "__main__":
    sys.exit(main())
