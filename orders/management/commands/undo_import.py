from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders.code_book.undo import undo_list
from orders.leases import lease
from orders.models import Import, ImportStatus, Remark


class Command(BaseCommand):
    help = "Take a list's codes out of the code book again; those that were sold stay"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("list", type=int, help="its number, as import_codes printed it")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        job = Import.objects.filter(pk=options["list"]).first()
        if job is None:
            raise CommandError("There is no such list.")
        if job.may_be_undone and (options["yes"] or self._is_sure(job)):
            job.undo()
        # a worker may have begun: then this has nothing to do
        if job.status == ImportStatus.UNDOING and (leased := lease(Import, job.pk)):
            undo_list(leased)
        job.refresh_from_db()
        for remark in job.remarks.filter(kind=Remark.Kind.KEPT).iterator():
            self.stderr.write(remark.text)
        self.stdout.write(
            f"{job.name}: {job.get_status_display()}, {job.removed:,} codes taken out, "
            f"{job.kept:,} kept, which were sold"
        )

    def _is_sure(self, job: Import) -> bool:
        try:
            answer = input(f"Take the {job.entries.count():,} codes of {job.name} out? [y/N] ")
        except EOFError as error:
            raise CommandError("Nobody is there to ask: add --yes.") from error
        return answer.strip().lower() in ("y", "yes")
