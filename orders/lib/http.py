"""Responses that Django has no class for."""

from django.http import HttpResponse, HttpResponseRedirect


class SeeOther(HttpResponseRedirect):
    """303: the browser follows with GET, whatever method the form was sent with."""

    status_code = 303


def too_many(page: HttpResponse, retry_after: int) -> HttpResponse:
    """Turn a page into a 429 that may be asked for again after so many seconds."""
    page.status_code = 429
    page["Retry-After"] = str(retry_after)
    return page


def without_index(page: HttpResponse) -> HttpResponse:
    """Keep a page that a secret link opens out of search engines."""
    page["X-Robots-Tag"] = "noindex"
    return page
