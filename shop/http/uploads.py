"""Limits on the size of uploads: a browser may send more than any memory holds."""

from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.deprecation import MiddlewareMixin

from shop.context import shop

FORM_OVERHEAD = 2**20  # bytes of a form around its files
TAKES_PHOTOS = ("/order/", "/orders/", "/contact/write/")
TOO_BIG = "shop.file_too_big"  # in a request's META: the field whose file was skipped


class BodySizeMiddleware(MiddlewareMixin):
    """Answers 413 by the Content-Length alone, without reading a byte.

    Three photos pass, and elsewhere a file up to twice as large as allowed: its form explains the
    refusal better.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        files = 3 if request.path_info.startswith(TAKES_PHOTOS) else 2
        largest = files * settings.UPLOAD_MOST_MB * 2**20 + FORM_OVERHEAD
        length = request.headers.get("Content-Length", "")
        if length.isdecimal() and int(length) > largest:
            return too_big(request)
        return None


def too_big(request: HttpRequest) -> HttpResponse:
    """Return a 413 without asking the database."""
    is_staff = request.path_info.startswith(f"/{settings.ADMIN_PATH}/")
    context = shop(request) | {"most": settings.UPLOAD_MOST_MB, "is_staff": is_staff}
    page = render_to_string("shop/413.html", context)
    return HttpResponse(page, status=413, headers={"Cache-Control": "no-store"})


class BoundedUploadHandler(FileUploadHandler):
    """Skips a file beyond UPLOAD_MOST_MB, before another handler keeps it.

    The rest of the form still arrives, so that the page can say what was wrong. Forms are read
    before their address is looked up, so this holds for every address.
    """

    received = 0  # bytes of the file

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.received += len(raw_data)
        assert self.request is not None
        if self.received > settings.UPLOAD_MOST_MB * 2**20:
            self.request.META[TOO_BIG] = self.field_name
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> UploadedFile | None:
        return None
