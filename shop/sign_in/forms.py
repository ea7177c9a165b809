# mypy: allow-subclassing-any
"""Forms of the staff sign-in: name and password, then a number from their phone."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.forms import AuthenticationForm
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from shop.sign_in import second_factor
from shop.sign_in.attempts import is_locked, report_wrong, seconds_locked


class LimitedForm:
    """Refuses tries of a name that is locked; `wait` is then above 0."""

    request: HttpRequest
    wait = 0.0

    def locked(self, name: str) -> ValidationError:
        self.wait = seconds_locked(self.request, name)
        minutes = int(self.wait // 60) + 1
        words = ngettext(
            "Too many tries from your connection. Try again in %(minutes)s minute.",
            "Too many tries from your connection. Try again in %(minutes)s minutes.",
            minutes,
        )
        return ValidationError(words % {"minutes": minutes}, code="too_soon")


class SignInForm(LimitedForm, AuthenticationForm):
    """Name and password. The answer does not show which of them is wrong."""

    def clean(self) -> dict[str, Any]:
        try:
            cleaned: dict[str, Any] = super().clean()
        except ValidationError:
            if getattr(self.request, "axes_locked_out", False):
                raise self.locked(self.cleaned_data["username"]) from None
            raise
        return cleaned


class NumberForm(LimitedForm, forms.Form):
    """A number from the phone, or a recovery code."""

    code = forms.CharField(
        label=_("Number on your phone, or a recovery code"),
        max_length=40,
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "one-time-code", "autofocus": "", "spellcheck": "false"}
        ),
    )

    def __init__(self, request: HttpRequest, user: User) -> None:
        super().__init__(request.POST or None)
        self.request, self.user = request, user

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if not self.errors:  # else the password was wrong
            wrong = _(
                "This is not the right one. Wait until your phone shows another, and type that."
            )
            self.check(self.is_right, code, second_factor.kind_of(code), str(wrong))
        return code

    def check(self, is_right: Callable[[str], bool], typed: str, factor: str, wrong: str) -> None:
        name = self.user.get_username()
        if is_locked(self.request, name):
            raise self.locked(name)
        if not is_right(typed):
            report_wrong(self.request, name, factor)
            raise self.locked(name) if is_locked(self.request, name) else ValidationError(wrong)

    def is_right(self, code: str) -> bool:
        return second_factor.verify(self.user, code)


class NewPhoneForm(NumberForm):
    """The first number of a phone that is being set up. It asks for the password of staff who are
    signed in (`asks_password`), so that no stranger sets up theirs in a browser left open."""

    recovery_codes: list[str] | None = None
    password = forms.CharField(
        label=_("Your password"),
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, request: HttpRequest, user: User, *, asks_password: bool = False) -> None:
        super().__init__(request, user)
        self.fields["code"].label = _("Number that your phone shows now")
        if asks_password:
            self.order_fields(["password", "code"])  # so that the password is checked first
        else:
            del self.fields["password"]

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        wrong = str(_("This is not your password."))
        self.check(self.user.check_password, password, "password", wrong)
        return password

    def is_right(self, code: str) -> bool:
        self.recovery_codes = second_factor.confirm(self.user, code)
        return self.recovery_codes is not None
