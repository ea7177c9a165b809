from typing import Any

from django.core.management.base import BaseCommand

from orders.tasks import sweep_here


class Command(BaseCommand):
    help = "Do all work that is due, here and now, without Celery"

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Looked at {sweep_here()} rows that were due.")
