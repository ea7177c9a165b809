"""What the demo starts with: codes in the code book and a staff login. Refuses to run elsewhere."""

import json
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from guides.models import Brand
from orders.family_hashes import radio_of, radios_by_brand
from orders.models import CodeBookEntry, CodeFamily, FamilyState, Radio

LOGIN = "staff"
PASSWORD = "encore-demo"  # noqa: S105  (of a demo that listens on loopback only)
# Invented serials, and codes too, but for those that follow from their serials.
CODES = {
    "BP610342718805": "5482",
    "BP6103X2718806": "0070",
    "815BP610342718805": "7264",
    "CM610342718805": "0918",
}
EXAMPLES = {
    "in_code_book": "BP610342718805",
    "computed": "BP538469512132",
    "at_the_supplier": "V123456",
    "for_the_desk": "CM999900001111",
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
        radios = radios_by_brand(Radio)[brand.pk]
        entries = [
            CodeBookEntry.make(
                brand, serial, code, origin="demo", family=radio_of(serial, radios).code_family
            )
            for serial, code in CODES.items()
        ]
        CodeBookEntry.objects.bulk_create(entries, ignore_conflicts=True)
        # no operator has to look at its law: what is sold here opens no radio of a customer
        CodeFamily.objects.update_or_create(
            name="nissan_bp", defaults={"state": FamilyState.RELEASED}
        )
        self._staff()

    def _staff(self) -> None:
        users = get_user_model().objects
        if not users.filter(username=LOGIN).exists():
            users.create_superuser(LOGIN, "staff@encore.example", PASSWORD)
