# mypy: allow-subclassing-any
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.forms import AuthenticationForm
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from orders.lib.client_address import client_address, network_of
from shop.sign_in import second_factor, throttle


def too_soon(seconds: float) -> ValidationError:
    minutes = int(seconds // 60) + 1
    words = ngettext(
        "Too many tries from your connection. Try again in %(minutes)s minute.",
        "Too many tries from your connection. Try again in %(minutes)s minutes.",
        minutes,
    )
    return ValidationError(words % {"minutes": minutes}, code="too_soon")


class Throttled:
    """Tries are counted before they are looked at; `wait` is above 0 where this one was not."""

    step: str
    wait = 0.0

    def count(self, name: str, network: str) -> None:
        self.name, self.network = name, network
        self.wait = throttle.seconds_until_next_try(self.step, name, network)
        if self.wait:
            raise too_soon(self.wait)

    def was_right(self) -> None:
        throttle.was_right(self.step, self.name, self.network)


class SignInForm(Throttled, AuthenticationForm):
    """Name and password. What is wrong with them is told nobody, nor whether the name exists."""

    step = "password"

    def clean(self) -> dict[str, Any]:
        name = self.cleaned_data.get("username")
        if name and self.cleaned_data.get("password"):
            self.count(name, network_of(client_address(self.request)))
        cleaned: dict[str, Any] = super().clean()
        if self.get_user():
            self.was_right()
        return cleaned


class NumberForm(Throttled, forms.Form):
    """A number of the phone, or where `takes_recovery_codes` one of these."""

    step = "number"
    takes_recovery_codes = True
    code = forms.CharField(
        label=_("Number on your phone, or a recovery code"),
        max_length=40,
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "one-time-code", "autofocus": "", "spellcheck": "false"}
        ),
    )

    def __init__(self, user: User, network: str, data: Any = None) -> None:
        super().__init__(data)
        self.user, self.network = user, network

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if self.errors:  # of the password: said already
            return code
        self.count(self.user.get_username(), self.network)
        if not self.is_right(code):
            raise ValidationError(
                _("This is not the right one. Wait until your phone shows another, and type that.")
            )
        self.was_right()
        return code

    def is_right(self, code: str) -> bool:
        return second_factor.verify(self.user, code)


class NewPhoneForm(NumberForm):
    """The first number of a phone that is being set up. `asks_password`: of who is signed in, as a
    browser that was left open must not let anybody else put their own phone there."""

    recovery_codes: list[str] | None = None
    password = forms.CharField(
        label=_("Your password"),
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password"}),
    )

    def __init__(
        self, user: User, network: str, data: Any = None, *, asks_password: bool = False
    ) -> None:
        super().__init__(user, network, data)
        self.fields["code"].label = _("Number that your phone shows now")
        if asks_password:
            self.order_fields(["password", "code"])  # so that the first is looked at first
        else:
            del self.fields["password"]

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        self.count(self.user.get_username(), self.network)
        if not self.user.check_password(password):
            raise ValidationError(_("This is not your password."))
        self.was_right()
        return password

    def is_right(self, code: str) -> bool:
        self.recovery_codes = second_factor.confirm(self.user, code)
        return self.recovery_codes is not None
