"""The desk's form: a code that staff found, checked before it is stored."""

import re
from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.instructions import entry_procedures
from orders.models import AttentionReason, Code, CodeBookEntry, Order, Provider
from orders.retrieval.chain import answer_waiting_orders
from orders.retrieval.families import SUGGESTED, compare_for, suggestion
from orders.retrieval.validation import fits
from orders.serials import normalise


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        error_messages={"required": gettext_lazy("Type the code that you found.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    entry_steps = forms.CharField(
        label=gettext_lazy("Steps for the customer"),
        required=False,
        help_text=gettext_lazy(
            "How to enter the code on this radio, one step a line. The guides have none for it."
        ),
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    add_to_book = forms.BooleanField(
        label=gettext_lazy("Add it to the code book"),
        required=False,
        # ticked, so that a code that staff found need not be found again
        initial=True,
        help_text=gettext_lazy("The next order for this serial is then answered at once."),
    )
    is_sure = forms.BooleanField(
        label=gettext_lazy("Send my code all the same"), required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order = order
        self.differs = self.differs_from_known = False
        self.suggested = suggested_code(order)
        code = self.fields["code"].widget.attrs
        code |= {"autofocus": True, "accesskey": "c"}
        if has_digits_only(order.radio.code_pattern):
            code["inputmode"] = "numeric"
        if entry_procedures(order):
            del self.fields["entry_steps"]

    def clean_code(self) -> str:
        code = normalise(self.cleaned_data["code"])
        if not fits(code, self.order):
            raise forms.ValidationError(
                _("This does not look like a code of this radio. Its codes are: %(shape)s."),
                code="shape",
                params={"shape": self.order.radio.code_shape},
            )
        return code

    def clean(self) -> dict[str, Any]:
        """The same radio never gets two different codes without a decision of staff."""
        data = super().clean() or {}
        code = data.get("code")
        others = {where for where, known in known_codes(self.order) if known != code}
        self.differs_from_known = bool(others) and "code" in data
        if self.suggested and self.suggested != code:
            others.add(_("our own computing"))
        self.differs = bool(others) and "code" in data
        if self.differs:
            self.fields["is_sure"].widget = forms.CheckboxInput()
            if not data.get("is_sure"):
                self.add_error(
                    "is_sure",
                    _("Another code is known for this serial, from %(where)s. Compare them first.")
                    % {"where": ", ".join(sorted(others))},
                )
        return data

    def save(self, by: User) -> bool:
        """Returns false, changing nothing, if the order was changed elsewhere."""
        order, data = self.order, self.cleaned_data
        code, is_suggested = data["code"], was_suggested(order) and data["code"] == self.suggested
        with transaction.atomic():
            if not order.find(code, SUGGESTED if is_suggested else Provider.DESK, by=by):
                return False
            if steps := data.get("entry_steps"):
                order.entry_steps = steps
                order.save(update_fields=["entry_steps"])
            if self.differs:
                order.needs_attention(AttentionReason.OTHER_CODE)
            if data["add_to_book"] and not is_suggested:
                self._add_to_book()
        if not is_suggested:
            compare_for(order, code, Provider.DESK)
            answer_waiting_orders()
        return True

    def _add_to_book(self) -> None:
        """What the book has already stays: it is put right there, not from here."""
        order = self.order
        if not book_entries(order).exists():
            entry = CodeBookEntry.make(
                order.brand, order.canonical_serial, self.cleaned_data["code"],
                origin=f"desk, {order.number}", family=order.radio.code_family,
            )  # fmt: skip
            # the same serial may be added at this moment
            CodeBookEntry.objects.bulk_create([entry], ignore_conflicts=True)


def has_digits_only(pattern: str) -> bool:
    return not re.search(r"[A-Za-z.]", pattern.replace(r"\d", ""))


SUGGEST = "suggest"  # the move in an order's history that shows staff the computed code


def suggested_code(order: Order) -> str:
    """Return the computed code that staff may be shown; empty if there is none."""
    found = suggestion(order)
    return found.code if found else ""


def was_suggested(order: Order) -> bool:
    """Whether staff have seen the computed code: one that they type then proves nothing."""
    return order.history.filter(move=SUGGEST).exists()


def book_entries(order: Order) -> QuerySet[CodeBookEntry]:
    return CodeBookEntry.objects.filter(order.hashes.rows)


def known_codes(order: Order) -> Iterator[tuple[str, str]]:
    """Where else a code for this order's serial is written, and that code."""
    for entry in book_entries(order):
        yield _("the code book"), entry.code
    codes = Code.objects.filter(order.hashes.rows, is_current=True)
    for code in codes.exclude(order=order).select_related("order"):
        yield _("order %s") % code.order.number, code.digits
