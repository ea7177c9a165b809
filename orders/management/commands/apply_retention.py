from typing import Any

from django.core.management.base import BaseCommand

from orders.privacy.retention import apply_retention


class Command(BaseCommand):
    help = "Delete and make nobody's what was kept long enough, as a worker does each night"

    def handle(self, *args: Any, **options: Any) -> None:
        for what, count in apply_retention().items():
            self.stdout.write(f"{count:>8,}  {what}")
