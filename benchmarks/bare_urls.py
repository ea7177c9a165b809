from functools import cache

from django.http import HttpRequest, HttpResponse
from django.urls import path


@cache
def body(size: int) -> bytes:
    return b"x" * size


def bare(request: HttpRequest, size: int) -> HttpResponse:
    return HttpResponse(body(size), headers={"Content-Length": str(size)})


urlpatterns = [path("<int:size>/", bare)]
