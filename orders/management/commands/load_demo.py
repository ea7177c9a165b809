"""What the demo starts with: codes in the code book and a staff login. Refuses to run elsewhere."""

import json
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from guides.models import Brand
from orders.models import CodeBookEntry
from orders.serials import normalise

LOGIN = "staff"
PASSWORD = "encore-demo"  # noqa: S105  (of a demo that listens on loopback only)
# Invented: only their shapes are real.
CODES = {
    "BP610342718805": "4307",
    "BP6103X2718806": "1192",
    "815BP610342718805": "7264",
    "CM610342718805": "0918",
}
EXAMPLES = {
    "in_code_book": "BP610342718805",
    "at_the_supplier": "K482",
    "for_the_desk": "BP999900001111",
    "refused": "7612830042",
}


class Command(BaseCommand):
    help = "Fill the demo: codes in the code book, a staff login"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--describe", action="store_true", help="print login and serials as JSON"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This fills a demo with invented codes; DEMO is not set.")
        if options["describe"]:
            self.stdout.write(json.dumps({"login": LOGIN, "password": PASSWORD} | EXAMPLES))
            return
        brand = Brand.objects.get(slug="nissan")
        entries = [
            CodeBookEntry.make(brand, normalise(serial), code, origin="demo")
            for serial, code in CODES.items()
        ]
        CodeBookEntry.objects.bulk_create(entries, ignore_conflicts=True)
        self._staff()

    def _staff(self) -> None:
        users = get_user_model().objects
        if not users.filter(username=LOGIN).exists():
            users.create_superuser(LOGIN, "staff@encore.example", PASSWORD)
