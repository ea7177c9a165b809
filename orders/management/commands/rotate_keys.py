import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders.key_rotation import SECRETS, Progress, count_left, rotate

WALKS = 3  # what an order wrote meanwhile from a row that it had read before is found by the next


class Command(BaseCommand):
    help = "Bring all that is encrypted or hashed under the newest CODE_KEYS and HASH_KEYS"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="only tell what is still under older keys"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["check"]:
            for _walk in range(WALKS):
                if not self._walk():
                    break
        self._check()

    def _walk(self) -> int:
        """Through all tables. Returns how many rows were changed."""
        changed = 0
        for secret in SECRETS:
            began = time.monotonic()
            progress = Progress(secret)
            for progress in rotate(secret):
                self._tell(progress, began)
            if progress.changed and self.stderr.isatty():
                self.stderr.write("")
            if progress.changed:
                self.stdout.write(f"{secret.name}: {progress.changed:,} rows changed")
            self._complain(progress)
            changed += progress.changed
        return changed

    def _tell(self, progress: Progress, began: float) -> None:
        """A line that writes over itself, where somebody looks on."""
        if progress.changed and self.stderr.isatty():
            done, seconds = progress.share, time.monotonic() - began
            left = f", {seconds / done - seconds:.0f} s left" if done else ""
            line = f"\r{progress.secret.name}: {progress.changed:,} rows, {done:.0%}{left}   "
            self.stderr.write(line, ending="")
            self.stderr.flush()

    def _complain(self, progress: Progress) -> None:
        if progress.unreadable:
            self.stderr.write(
                f"{progress.secret.name}: no key reads {self._list(progress.unreadable)}"
            )
        if progress.twins:
            self.stderr.write(
                f"{progress.secret.name}: there is a second entry with another code for the "
                f"serial of {self._list(progress.twins)}. Take the wrong one out."
            )

    def _list(self, pks: list[int]) -> str:
        more = f" and {len(pks) - 20} more" if len(pks) > 20 else ""
        return ", ".join(f"#{pk}" for pk in pks[:20]) + more

    def _check(self) -> None:
        left = {secret.name: count_left(secret) for secret in SECRETS}
        for name, count in left.items():
            if count:
                self.stdout.write(f"{name}: {count:,} rows are under older keys")
        if any(left.values()):
            raise CommandError("Keep the older keys: not everything can be read without them.")
        self.stdout.write("Everything is under the newest keys. The older ones may be dropped.")
