"""The work that waits on an import, a slice of it a task."""

from datetime import timedelta

from django.utils.translation import gettext as _

from orders.code_book.reading import read_slice
from orders.code_book.undo import undo_slice
from orders.code_book.uploads import uploaded
from orders.models import Import, ImportStatus

# of a list, read by one task; then orders have their turn, and another task goes on
IMPORT_SLICE = timedelta(seconds=20)


def go_on(job: Import) -> None:
    """For an import that the caller has claimed."""
    if job.status == ImportStatus.UNDOING:
        undo_slice(job, IMPORT_SLICE)
    elif job.status == ImportStatus.READING:
        file = uploaded(job)
        if file is None:
            job.stop(_("The command that read it was ended. Read the list again."))
        else:
            read_slice(job, file, IMPORT_SLICE)
