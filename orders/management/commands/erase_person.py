import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders.privacy.person import Verdict, address_of, erase, verdict


class Command(BaseCommand):
    help = "Forget a customer, as far as the law lets us; shows what would go, until --yes"

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument(
            "address", nargs="?", help="their e-mail address; - reads it from standard input"
        )
        which.add_argument("--fingerprint", help="of the log, once a backup of before was restored")
        parser.add_argument("--yes", action="store_true", help="do it; it cannot be undone")

    def handle(
        self, *args: Any, address: str | None, fingerprint: str | None, yes: bool, **options: Any
    ) -> None:
        if address == "-":
            address = sys.stdin.readline().strip()
        address = address or address_of(fingerprint or "")
        if not address:
            self.stdout.write("Nobody of that fingerprint is among the orders.")
            return
        decided = erase(address) if yes else verdict(address)
        self._report(decided)
        if not yes and not decided.is_empty:
            raise CommandError("Nothing was done yet. Add --yes: it cannot be undone.")

    def _report(self, decided: Verdict) -> None:
        if decided.is_empty:
            self.stdout.write("No order of this address.")
        for order in decided.deleted:
            self.stdout.write(f"{order.number}: never paid, deleted")
        for order in decided.forgotten:
            self.stdout.write(f"{order.number}: made nobody's")
        for order, why in decided.later:
            self.stdout.write(f"{order.number}: later, by itself: {why}")
        if decided.other_mails:
            self.stdout.write(f"{decided.other_mails} mails of other orders: address taken out")
        if decided.receipts:
            self.stdout.write(
                f"{decided.receipts} receipts stay, as tax law wants; no name is in them"
            )
        if decided.is_blocked:
            self.stdout.write("The address is on the block-list and stays there until its time.")
