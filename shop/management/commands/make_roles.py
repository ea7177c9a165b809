from typing import Any

from django.core.management.base import BaseCommand

from shop.roles import make_roles


class Command(BaseCommand):
    help = "Make the groups Reader, Desk, Refunds, Content and Owner; rights given by hand stay"

    def handle(self, *args: Any, **options: Any) -> None:
        for role, count in make_roles().items():
            self.stdout.write(f"{role}: {count} rights added")
