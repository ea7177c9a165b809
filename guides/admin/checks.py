"""Two lists about all pages: what is wrong on them, and where they differ from their files."""

from typing import Any

from django.contrib import admin
from django.core.checks import CheckMessage, run_checks
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from guides.loading.files import ContentError
from guides.loading.guides import compare_guides


def checks(request: HttpRequest) -> HttpResponse:
    """All checks of content, those of other apps too: as `manage.py check` makes them."""
    found = run_checks(tags=["content"], include_deployment_checks=True, databases=["default"])
    things: dict[str, dict[str, Any]] = {}
    for message in found:
        name = str(message.obj) if message.obj else _("The files")
        thing = things.setdefault(name, {"name": name, "url": url_of(message), "messages": []})
        thing["messages"].append(message.msg)
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": _("Checks"),
        "things": list(things.values()),
        "count": len(found),
    }
    return render(request, "admin/guides/checks.html", context)


def url_of(message: CheckMessage) -> str:
    if message.obj is None:
        return ""
    options = message.obj._meta
    try:
        return reverse(
            f"admin:{options.app_label}_{options.model_name}_change", args=[message.obj.pk]
        )
    except NoReverseMatch:
        return ""


def differences(request: HttpRequest) -> HttpResponse:
    """Pages that are not what their files say, whether staff edited them or the file is newer."""
    pages: list[tuple[str, list[str]]] = []
    problems: list[str] = []
    try:
        pages = compare_guides()
    except ContentError as error:
        problems = [str(problem) for problem in error.problems]
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": _("Differences from the files"),
        "pages": pages,
        "problems": problems,
    }
    return render(request, "admin/guides/differences.html", context)
