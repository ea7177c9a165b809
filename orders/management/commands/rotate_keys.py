from argparse import ArgumentParser
from collections import defaultdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders.key_rotation import SECRETS, Problems, Secret, count_left, rotate

WALKS = 3  # the next walk finds what an order wrote from a row that it had read before


class Command(BaseCommand):
    help = "Encrypt and hash everything with the newest of CODE_KEYS and HASH_KEYS"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only show what older keys guard")

    def handle(self, *args: Any, **options: Any) -> None:
        for _walk in range(0 if options["check"] else WALKS):
            if not sum([self._rotate(secret) for secret in SECRETS]):
                break
        is_left = False
        for secret in SECRETS:
            if count := count_left(secret):
                is_left = True
                self.stdout.write(f"{secret.name}: {count:,} rows are under older keys")
        if is_left:
            raise CommandError("Keep the older keys: not everything can be read without them.")
        self.stdout.write("Everything is under the newest keys. The older ones may be dropped.")

    def _rotate(self, secret: Secret) -> int:
        problems: Problems = defaultdict(set)
        if changed := rotate(secret, problems):
            self.stdout.write(f"{secret.name}: {changed:,} rows changed")
        for problem, pks in problems.items():
            some = ", ".join(f"#{pk}" for pk in sorted(pks)[:20])
            more = f" and {len(pks) - 20} more" if len(pks) > 20 else ""
            self.stderr.write(f"{secret.name}: {problem} {some}{more}")
        return changed
