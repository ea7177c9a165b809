from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders.models import Licence
from orders.retrieval.licence import look_at_licence
from orders.retrieval.pelock import NonsenseError, TroubleError


class Command(BaseCommand):
    help = "Ask the supplier of codes for our licence, and print its state, kind and end"

    def handle(self, *args: Any, **options: Any) -> None:
        licence = Licence.ours()
        if licence is None:
            raise CommandError("PELOCK_API_KEY is not set: the supplier is not asked.")
        try:
            look_at_licence(licence)
        except TroubleError as trouble:
            raise CommandError(f"The supplier does not answer: {trouble.why}.") from None
        except NonsenseError as nonsense:
            raise CommandError(f"The supplier's answer makes no sense: {nonsense.why}.") from None
        ends = f", ends on {licence.ends_on}" if licence.ends_on else ""
        kind = f", {licence.get_kind_display()}" if licence.kind else ""
        self.stdout.write(f"{licence.get_status_display()}{kind}{ends}")
