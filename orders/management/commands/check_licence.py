from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders.models import Licence
from orders.retrieval.licence import check_licence
from orders.retrieval.pelock import BadAnswerError, NoAnswerError


class Command(BaseCommand):
    help = "Ask the supplier of codes for our licence, and print its state, kind and end"

    def handle(self, *args: Any, **options: Any) -> None:
        licence = Licence.ours()
        if licence is None:
            raise CommandError("PELOCK_API_KEY is not set: the supplier is not asked.")
        try:
            check_licence(licence)
        except NoAnswerError as error:
            raise CommandError(f"The supplier does not answer: {error.why}.") from None
        except BadAnswerError as error:
            raise CommandError(f"The supplier's answer makes no sense: {error.why}.") from None
        ends = f", ends on {licence.ends_on}" if licence.ends_on else ""
        kind = f", {licence.get_kind_display()}" if licence.kind else ""
        self.stdout.write(f"{licence.get_status_display()}{kind}{ends}")
