"""A list on its way from the admin to a worker: in the database, in encrypted parts.

Nothing of it is ever written into a file, and the worker may be on another machine.
"""

import io
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopFutureHandlers
from django.db import transaction
from django.urls import reverse

from orders.leases import due, enqueue
from orders.lib import crypto
from orders.models import Import, ImportPart

LARGEST = 32 * 1024 * 1024  # bytes: a million rows of CSV; a longer list is read by the command


class EncryptedUpload(UploadedFile):
    """`head` is how the list begins, in clear."""

    def __init__(self, name: str, size: int, head: bytes, parts: list[str]) -> None:
        super().__init__(file=None, name=name, size=size)
        self.head, self.parts = head, parts


class EncryptingUploadHandler(FileUploadHandler):
    """Encrypts a list of codes as it comes in; what is sent to other addresses it passes on. Of a
    list that is too long only the size is kept, and of one from somebody who may not bring any,
    nothing."""

    takes_it = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        assert self.request is not None
        self.takes_it = self.request.path == reverse("admin:orders_import_upload")
        self.size, self.head, self.rest = 0, b"", b""
        self.parts: list[str] = []
        if self.takes_it:
            if not self.request.user.has_perm("orders.add_codebookentry"):
                raise SkipFile
            raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if not self.takes_it:
            return raw_data
        self.size += len(raw_data)
        if self.size > LARGEST:
            self.parts, self.rest = [], b""
            return None
        self.head = self.head or raw_data[:1024]
        self.rest += raw_data
        while len(self.rest) >= ImportPart.SIZE:
            self._encrypt()
        return None

    def file_complete(self, file_size: int) -> EncryptedUpload | None:
        if not self.takes_it:
            return None
        if self.rest:
            self._encrypt()
        return EncryptedUpload(self.file_name or "", self.size, self.head, self.parts)

    def _encrypt(self) -> None:
        self.parts.append(crypto.encrypt_bytes(self.rest[: ImportPart.SIZE]))
        self.rest = self.rest[ImportPart.SIZE :]


def accept(upload: EncryptedUpload, **values: Any) -> Import:
    """Keep it for a worker to read. `values` are the import's own: how to read it, and who asks."""
    with transaction.atomic():
        job = Import.objects.create(name=(upload.name or "")[:120], **values, **due())
        for number, contents in enumerate(upload.parts):
            ImportPart.objects.create(of=job, number=number, contents_encrypted=contents)
        enqueue(job)
    return job


class UploadedList(io.RawIOBase):
    """An upload as a file to read and to seek in, one part of it decrypted at a time."""

    def __init__(self, job: Import) -> None:
        self.job = job
        self.place = 0
        self.number, self.part = -1, b""
        last = job.parts.order_by("number").last()
        self.length = 0
        if last:
            self.length = last.number * ImportPart.SIZE + len(self._part(last.number))

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self.place, io.SEEK_END: self.length}[whence]
        self.place = max(start + offset, 0)
        return self.place

    def tell(self) -> int:
        return self.place

    def readinto(self, buffer: Any) -> int:
        if self.place >= self.length:
            return 0
        number, start = divmod(self.place, ImportPart.SIZE)
        found = self._part(number)[start : start + len(buffer)]
        buffer[: len(found)] = found
        self.place += len(found)
        return len(found)

    def _part(self, number: int) -> bytes:
        if number != self.number:
            stored = self.job.parts.get(number=number)
            self.number, self.part = number, crypto.decrypt_bytes(stored.contents_encrypted)
        return self.part


def uploaded(job: Import) -> io.BufferedReader | None:
    """The list, or None if there is none to be had: a command read it from a file of its own."""
    file = UploadedList(job)
    return io.BufferedReader(file, ImportPart.SIZE) if file.length else None
