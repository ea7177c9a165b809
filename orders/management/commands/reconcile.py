from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from orders.payments.reconcile import reconcile
from orders.stripe_api import StripeRefusedError, StripeTroubleError


class Command(BaseCommand):
    help = "Compare our books with Stripe's, learn what was missed, tell staff what differs"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=3, help="how far to look back (3)")

    def handle(self, *args: Any, days: int, **options: Any) -> None:
        try:
            report = reconcile(days)
        except (StripeTroubleError, StripeRefusedError) as error:
            raise CommandError(f"Stripe did not answer: {error}", returncode=2) from error
        self.stdout.write(f"{'':<10}{'compared':>10}{'learned':>10}{'different':>11}")
        for kind in ("payments", "refunds", "disputes"):
            compared, learned, different = (
                counts.get(kind, 0)
                for counts in (report.compared, report.learned, report.different)
            )
            self.stdout.write(f"{kind:<10}{compared:>10}{learned:>10}{different:>11}")
        if not report.is_clean:
            raise CommandError("What differs is on the list of what needs staff.")
