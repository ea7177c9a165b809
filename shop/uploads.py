"""How much of a file is taken in: a browser may send more than any memory holds."""

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile


class BoundedUploadHandler(FileUploadHandler):
    """Stands before the handlers that keep a file, and lets no customer's file grow beyond
    UPLOAD_MOST_MB. The rest of the form still arrives, so that the page can say what was wrong.

    Whatever address it is sent to, as forms are read before one is looked up; but staff may send
    long lists of codes.
    """

    taken = 0  # of all files that one form brings

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.taken += len(raw_data)
        if self.taken > settings.UPLOAD_MOST_MB * 2**20 and not self._is_for_staff():
            assert self.request is not None
            self.request.META[TOO_BIG] = self.field_name
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> UploadedFile | None:
        return None

    def _is_for_staff(self) -> bool:
        assert self.request is not None
        return self.request.path_info.startswith(f"/{settings.ADMIN_PATH}/")


TOO_BIG = "shop.file_too_big"  # in a request's META: the field whose file was not taken in
