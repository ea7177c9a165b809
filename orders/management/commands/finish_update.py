from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from orders.last_version import (
    drop_code_hashes,
    drop_links_of_payments,
    seal_links,
    unseal_links,
)


class Command(BaseCommand):
    help = "Remove what only version 1.0 needs: run it once no process of that version is left"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--undo", action="store_true", help="write links in clear again, to go back to 1.0"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["undo"]:
            count = unseal_links() + unseal_links()
            self.stdout.write(f"{count:,} links are in clear for version 1.0.")
            return
        count = seal_links() + seal_links()  # of orders made in between, too
        self.stdout.write(f"{count:,} links of orders are hashed and encrypted.")
        self.stdout.write(f"{drop_code_hashes():,} hashes of codes are gone.")
        self.stdout.write(f"{drop_links_of_payments():,} payments hold no link any more.")
