from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders.invariants import find_violations


class Command(BaseCommand):
    help = "Look for orders that break a rule"

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(find_violations())
        for each in found:
            self.stdout.write(f"{each.rule} {each.order.number}: {each.check.message}")
        if found:
            raise CommandError(f"{len(found)} found. Staff must look at each.")
        self.stdout.write("Every order is as it must be.")
