import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from orders.privacy.export import export


class Command(BaseCommand):
    help = "Print all that is kept about a customer, as JSON for themselves"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", help="their e-mail address; - reads it from standard input")

    def handle(self, *args: Any, address: str, **options: Any) -> None:
        address = sys.stdin.readline().strip() if address == "-" else address
        facts = export(address)
        self.stdout.write(json.dumps(facts, indent=2, ensure_ascii=False))
