"""What staff answer to a customer whose code does not work."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.admin.desk.ask_forms import SerialForm
from orders.admin.desk.forms import has_digits_only
from orders.admin.desk.sentences import SentencesForm
from orders.desk.problems import close, confirm_serial, correct_by_staff, is_refunding, replace
from orders.models import Problem, Provider, ReadySentence
from orders.retrieval.families import compare_for, note_failure
from orders.retrieval.validation import fits
from orders.serials import normalise


def confirm(problem: Problem, by: User) -> bool:
    """Note that the label shows this serial: a computed code that failed counts from now on."""
    won = confirm_serial(problem, by)
    if won:
        note_failure(problem.order)
    return won


class AnotherCodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Another code"),
        max_length=40,
        error_messages={"required": gettext_lazy("Type the code that you found.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    is_serial_right = forms.BooleanField(
        label=gettext_lazy("The label shows the serial of this order"),
        help_text=gettext_lazy("If it shows another, correct the serial first."),
        error_messages={"required": gettext_lazy("Compare the serial with the label first.")},
    )

    def __init__(self, *args: Any, problem: Problem, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.problem, self.order = problem, problem.order
        self.fields["code"].widget.attrs["accesskey"] = "c"
        if has_digits_only(self.order.radio.code_pattern):
            self.fields["code"].widget.attrs["inputmode"] = "numeric"
        self.initial.setdefault("is_serial_right", problem.confirmed_at is not None)

    def clean_code(self) -> str:
        code = normalise(self.cleaned_data["code"])
        if not fits(code, self.order):
            raise forms.ValidationError(
                _("This does not look like a code of this radio. Its codes are: %(shape)s."),
                code="shape",
                params={"shape": self.order.radio.code_shape},
            )
        if code == self.problem.code.digits:
            raise forms.ValidationError(_("This is the code that does not work."))
        if is_refunding(self.order):
            raise forms.ValidationError(_("The money is being refunded: no other code is sent."))
        return code

    def save(self, by: User, only_if: Q) -> bool:
        confirm(self.problem, by)
        code = self.cleaned_data["code"]
        if not replace(self.order, code, Provider.DESK, by=by, only_if=only_if):
            return False
        compare_for(self.order, code, Provider.DESK)
        return True


class CloseForm(SentencesForm):
    KIND = ReadySentence.Kind.ANSWER
    LEGEND = gettext_lazy("What we usually answer")

    def __init__(self, *args: Any, problem: Problem, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.problem = problem

    def save(self, by: User, only_if: Q) -> bool:
        return close(self.problem, self.text, by=by, only_if=only_if)


class ReportedSerialForm(SerialForm):
    """The serial that staff read on the photo: providers are asked while it stays a problem."""

    def __init__(self, *args: Any, problem: Problem, **kwargs: Any) -> None:
        super().__init__(*args, order=problem.order, **kwargs)
        self.problem = problem

    def save(self, *, by: User, only_if: Q) -> bool:
        assert self.radio is not None
        return correct_by_staff(self.problem, self.cleaned_data["serial"], self.radio, by, only_if)
