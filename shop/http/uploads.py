"""How much of a file is taken in: a browser may send more than any memory holds."""

from collections.abc import Callable

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string

from orders.code_book.uploads import LARGEST
from shop.context import shop

FORM_OVERHEAD = 2**20  # of a form around its file


class RefuseTooBigMiddleware:
    """413 for more than any page takes, by what the request says of itself: not a byte is read. A
    file up to twice as large as it may be is let through, since its form says so better."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        largest = LARGEST if is_for_staff(request) else 2 * settings.UPLOAD_MOST_MB * 2**20
        said = request.headers.get("Content-Length", "")
        if said.isdecimal() and int(said) > largest + FORM_OVERHEAD:
            return too_big(request, largest)
        return self.get_response(request)


def too_big(request: HttpRequest, largest: int) -> HttpResponse:
    """Made without the database, as is the page of who asks too much."""
    is_staff = is_for_staff(request)
    most = largest // 2**20 if is_staff else settings.UPLOAD_MOST_MB
    context = shop(request) | {"most": most, "is_staff": is_staff}
    page = HttpResponse(render_to_string("shop/413.html", context), status=413)
    page["Cache-Control"] = "no-store"
    return page


def is_for_staff(request: HttpRequest) -> bool:
    return request.path_info.startswith(f"/{settings.ADMIN_PATH}/")


class BoundedUploadHandler(FileUploadHandler):
    """Stands before the handlers that keep a file, and lets no customer's file grow beyond
    UPLOAD_MOST_MB. The rest of the form still arrives, so that the page can say what was wrong.

    Whatever address it is sent to, as forms are read before one is looked up; but staff may send
    long lists of codes.
    """

    taken = 0  # of all files that one form brings

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.taken += len(raw_data)
        assert self.request is not None
        if self.taken > settings.UPLOAD_MOST_MB * 2**20 and not is_for_staff(self.request):
            self.request.META[TOO_BIG] = self.field_name
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> UploadedFile | None:
        return None


TOO_BIG = "shop.file_too_big"  # in a request's META: the field whose file was not taken in
