from typing import Any

from django.core.management.base import BaseCommand

from orders.figures import write_days


class Command(BaseCommand):
    help = "Write the figures of the last days and of missing days, as a worker does each night"

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{write_days():,} days")
