"""Responses and rules for requests that Django has no class for."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST


class SeeOther(HttpResponseRedirect):
    """303: the browser follows with GET, whatever method the form was sent with."""

    status_code = 303


class SamePost(HttpResponseRedirect):
    """307: the browser sends the same form to another address of ours."""

    status_code = 307


def post_from_own_pages(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Take forms of pages that have no CSRF token, as they are the same for everybody.

    Only for views that change nothing. What is posted never enters an address, a cache or a log.
    """

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        own = f"{request.scheme}://{request.get_host()}"
        site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
        # browsers that hide the origin, "null", name the site
        if site not in (None, "same-origin") or origin not in (None, own, "null" if site else own):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return never_cache(csrf_exempt(require_POST(checked)))


def too_many(page: HttpResponse, retry_after: int) -> HttpResponse:
    """Turn a page into a 429 that may be asked for again after so many seconds."""
    page.status_code = 429
    page["Retry-After"] = str(retry_after)
    return page


def without_index(page: HttpResponse) -> HttpResponse:
    """Keep a page that a secret link opens out of search engines."""
    page["X-Robots-Tag"] = "noindex"
    return page
