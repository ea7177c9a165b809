# mypy: allow-subclassing-any, allow-untyped-decorators
"""The block-list: who adds and takes off is logged, and values are for those who may see them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextInputWidget

from guides.admin.lookups import NamedLookupsMixin
from orders.forms.mailbox import MailboxField
from orders.models import Block, Order

Kind = Block.Kind


class BlockForm(forms.ModelForm):  # type: ignore[type-arg]  # no generic at run time
    value = forms.CharField(
        label=gettext_lazy("Serial or e-mail address"),
        max_length=254,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("Stored encrypted. Spaces and upper or lower case do not matter."),
    )

    class Meta:
        model = Block
        fields = ["kind", "value", "reason"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        kind, value = data.get("kind"), Block.plain(data.get("kind", ""), data.get("value", ""))
        if kind in (Kind.EMAIL, Kind.TRADE) and "value" in data:
            try:
                MailboxField().clean(data["value"])
            except forms.ValidationError as error:
                self.add_error("value", error)
        elif kind == Kind.SERIAL and "value" in data and not value:
            self.add_error("value", _("There is neither a letter nor a digit in it."))
        if value and Block.names(str(kind), value):
            self.add_error("value", _("It is on the list already."))
        return data

    def save(self, commit: bool = True) -> Any:
        self.instance.set_value(self.cleaned_data["value"])
        return super().save(commit)


@admin.register(Block)
class BlockAdmin(NamedLookupsMixin, ModelAdmin):
    """Orders of these are put on hold when they are paid; those of trade less often.

    An entry is added or taken off; nothing is changed in it.
    """

    form = BlockForm
    list_display = ["kind", "in_clear", "reason", "by", "created_at"]
    list_display_links = ["kind", "reason"]
    list_filter = ["kind", "created_at"]
    list_select_related = ["by"]
    search_fields = ["reason"]
    search_help_text = gettext_lazy(
        "Words of the reason; a whole serial or address, if you may see these"
    )

    def get_fields(self, request: HttpRequest, obj: Block | None = None) -> list[Any]:
        if obj is None:
            return BlockForm.Meta.fields
        value = ["in_clear"] if request.user.has_perm("orders.view_blocked") else []
        return ["kind", *value, "reason", "by", "created_at"]

    def get_list_display(self, request: HttpRequest) -> list[str]:
        may_see = request.user.has_perm("orders.view_blocked")
        return [name for name in self.list_display if may_see or name != "in_clear"]

    @admin.display(description=gettext_lazy("serial or address"))
    def in_clear(self, block: Block) -> str:
        return block.value

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """From an order's page: the value is taken from the order, and stands in no address."""
        kind, order = request.GET.get("kind", ""), request.GET.get("order", "")
        found = Order.objects.filter(pk=order).first() if order.isdecimal() else None
        if found is None or not request.user.has_perm("orders.view_order"):
            return {"kind": kind}
        value = found.serial if kind == Kind.SERIAL else found.email
        return {"kind": kind, "value": value}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.by = request.user
        super().save_model(request, obj, form, change)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Block], search_term: str
    ) -> tuple[QuerySet[Block], bool]:
        found, is_doubled = super().get_search_results(request, queryset, search_term)
        if not request.user.has_perm("orders.view_blocked"):
            return found, is_doubled
        named = Q()
        for kind in Kind.values:
            named |= Q(pk__in=Block.rows_of(kind, search_term).values("pk"))
        return found | queryset.filter(named) if search_term else found, is_doubled
