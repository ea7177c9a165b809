"""The work that waits on an import, a slice of it a task."""

from django.conf import settings
from django.utils.translation import gettext as _

from orders.code_book.reading import read_slice
from orders.code_book.undo import undo_slice
from orders.code_book.uploads import uploaded
from orders.models import Import, ImportStatus


def go_on(job: Import) -> None:
    """For an import that the caller has claimed."""
    if job.status == ImportStatus.UNDOING:
        undo_slice(job, settings.IMPORT_SLICE)
    elif job.status == ImportStatus.READING:
        file = uploaded(job)
        if file is None:
            job.stop(_("The command that read it was ended. Read the list again."))
        else:
            read_slice(job, file, settings.IMPORT_SLICE)
