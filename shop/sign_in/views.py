"""Staff sign-in: password, second factor, and the page to set that up."""

import math
from typing import Any, cast

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from shop.sign_in import second_factor
from shop.sign_in.forms import LimitedForm, NewPhoneForm, NumberForm, SignInForm
from shop.sign_in.steps import (
    begin_second_step,
    finish_sign_in,
    note_second_factor,
    user_at_second_step,
)

REPLACES = "replaces_phone"


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.method != "POST" and admin.site.has_permission(request):
        return redirect(next_path(request))
    form = SignInForm(request, request.POST or None)
    if not form.is_valid():
        return page(request, "admin/login.html", form, title=_("Log in"))
    user = cast(User, form.get_user())
    has_phone = second_factor.phone_of(user) is not None
    if has_phone or settings.REQUIRE_SECOND_FACTOR:
        begin_second_step(request, user, next_path(request))
        return redirect("admin:second_step" if has_phone else "admin:second_factor")
    finish_sign_in(request, user, "password")
    return redirect(next_path(request))


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    user = user_at_second_step(request)
    if user is None:
        return redirect("admin:login")
    if not second_factor.phone_of(user):
        return redirect("admin:second_factor")
    form = NumberForm(request, user)
    if not form.is_valid():
        return page(request, "admin/sign_in/number.html", form, title=_("Second step"))
    factor = second_factor.kind_of(form.cleaned_data["code"])
    then = finish_sign_in(request, user, factor)
    if factor == "recovery code":
        left = second_factor.recovery_codes_left(user)
        words = _("You have %s recovery codes left. If your phone is lost, set up another here.")
        messages.warning(request, words % left)
        return redirect("admin:second_factor")
    return redirect(then)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """For staff who are signed in, and for those who need a second factor to be."""
    is_inside = admin.site.has_permission(request)
    user = cast(User, request.user) if is_inside else user_at_second_step(request)
    if user is None:
        return redirect("admin:login")
    if not second_factor.phone_of(user) or (is_inside and request.session.get(REPLACES)):
        return new_phone(request, user, is_inside=is_inside)
    return change(request, user) if is_inside else redirect("admin:second_step")


def new_phone(request: HttpRequest, user: User, *, is_inside: bool) -> HttpResponse:
    asks_password = is_inside and REPLACES not in request.session
    form = NewPhoneForm(request, user, asks_password=asks_password)
    if form.is_valid():
        if is_inside:
            then = reverse("admin:index")
            request.session.pop(REPLACES, None)
            note_second_factor(request)
        else:
            then = finish_sign_in(request, user, "new phone")
        second_factor.end_sessions(user, but=request.session.session_key)
        return show_codes(request, form.recovery_codes or [], then)
    phone = second_factor.new_phone(user)
    context = {"qr_code": second_factor.qr_code(phone), "secret": second_factor.secret_of(phone)}
    title = _("Set up your second factor")
    return page(request, "admin/sign_in/new_phone.html", form, title=title, **context)


def change(request: HttpRequest, user: User) -> HttpResponse:
    """Offer new recovery codes or another phone, after a number or a recovery code."""
    form = NumberForm(request, user)
    if form.is_valid():
        if "replace" in request.POST:
            request.session[REPLACES] = True
            return redirect("admin:second_factor")
        return show_codes(request, second_factor.new_recovery_codes(user), reverse("admin:index"))
    context = {
        "phone": second_factor.phone_of(user),
        "left": second_factor.recovery_codes_left(user),
    }
    return page(request, "admin/sign_in/change.html", form, title=_("Second factor"), **context)


# ------------------------------------------------------------------ shared by the views
def show_codes(request: HttpRequest, codes: list[str], then: str) -> HttpResponse:
    context = admin.site.each_context(request) | {
        "codes": codes,
        "then": then,
        "title": _("Your recovery codes"),
        "layout": "admin/base_site.html",
    }
    return render(request, "admin/sign_in/codes.html", context)


def page(
    request: HttpRequest, template: str, form: LimitedForm, *, title: str, **more: Any
) -> HttpResponse:
    is_inside = admin.site.has_permission(request)
    layout = "admin/base_site.html" if is_inside else "unfold/layouts/unauthenticated.html"
    context = admin.site.each_context(request) | {
        "form": form,
        "title": title,
        "layout": layout,
        "app_path": request.get_full_path(),
        REDIRECT_FIELD_NAME: next_path(request),
    }
    response = render(request, template, context | more)
    if form.wait:
        response.status_code = 429
        response["Retry-After"] = str(math.ceil(form.wait))
    return response


def next_path(request: HttpRequest) -> str:
    """Return the path that was asked for, if it is one of ours, or the admin's first page."""
    wanted = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME) or ""
    # redirect() takes a word without a slash for the name of a view
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours else reverse("admin:index")
