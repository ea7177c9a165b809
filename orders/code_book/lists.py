"""What kind of file a list is, by how it begins: nobody's word counts for it."""

from io import BufferedReader

from django.utils.translation import gettext as _

from orders.code_book.csv_rows import CsvRows
from orders.code_book.rows import BadListError, Rows
from orders.code_book.xlsx_rows import XlsxRows

ZIP, OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def open_list(file: BufferedReader) -> Rows:
    """Raises BadListError."""
    head = file.peek(1024)[:1024]
    check_kind(head)
    if not head.startswith(ZIP):
        return CsvRows(file)
    if not file.seekable():
        raise BadListError(_("A spreadsheet cannot be read from a pipe. Name its file."))
    return XlsxRows(file)


def check_kind(head: bytes) -> None:
    """Raises BadListError for what is plainly no list."""
    if not head.strip():
        raise BadListError(_("This file is empty."))
    if head.startswith(OLD_OFFICE):
        raise BadListError(
            _("This is an old or a locked Excel file. Save it as .xlsx without a password, or CSV.")
        )
    if head.startswith(UTF_16):
        raise BadListError(_("This text is in UTF-16. Save it as “CSV UTF-8”."))
    if not head.startswith(ZIP) and b"\0" in head:
        raise BadListError(_("This is neither CSV nor an Excel file (.xlsx)."))
