from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders.invariants import offences


class Command(BaseCommand):
    help = "Look for orders that are as none may be"

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(offences())
        for offence in found:
            self.stdout.write(f"{offence.rule} {offence.order.number}: {offence.says}")
        if found:
            raise CommandError(f"{len(found)} found. Each must be looked at by a person.")
        self.stdout.write("Every order is as it must be.")
