# mypy: allow-untyped-decorators
"""Families of computed codes: their state, what speaks for them, and the owner's buttons."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.decorators import display

from orders.admin.masking import copyable
from orders.admin.read_only import ReadOnlyAdmin
from orders.models import CodeFamily, Comparison, FamilyState
from orders.retrieval import families

STATE = {
    FamilyState.OFF: "",
    FamilyState.TRIAL: "warning",
    FamilyState.RELEASED: "success",
}
MAY_CHANGE, MAY_RELEASE = "orders.change_codefamily", "orders.release_codefamily"


@admin.register(CodeFamily)
class CodeFamilyAdmin(ReadOnlyAdmin):
    list_display = ["name", "shown_state", "equal", "different", "changed_at", "changed_by"]
    list_select_related = ["changed_by"]
    fields = ["name", "state", "equal", "buyers", "different", "kinds",
              ("changed_at", "changed_by")]  # fmt: skip
    readonly_fields = ["equal", "buyers", "different", "kinds", "changed_at"]
    change_form_outer_before_template = "admin/orders/_family.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[CodeFamily]:
        for family in families.families():
            families.store(family)
        return CodeFamily.counted()

    @display(description=gettext_lazy("state"), ordering="state", label=STATE)
    def shown_state(self, family: CodeFamily) -> tuple[str, str]:
        return family.state, family.get_state_display()

    @admin.display(description=gettext_lazy("equal serials"))
    def equal(self, family: CodeFamily) -> int:
        return family.equal  # type: ignore[attr-defined, no-any-return]

    @admin.display(description=gettext_lazy("different serials"))
    def different(self, family: CodeFamily) -> int:
        return family.different  # type: ignore[attr-defined, no-any-return]

    @admin.display(description=gettext_lazy("buyers and lists"))
    def buyers(self, family: CodeFamily) -> int:
        return families.origins(family.comparisons.filter(kind="", is_equal=True))

    @admin.display(description=gettext_lazy("kinds that are confirmed by themselves"))
    def kinds(self, family: CodeFamily) -> str:
        words = _("%(kind)s: %(equal)s of %(enough)s equal")
        counts = {
            kind: family.comparisons.filter(kind=kind, is_equal=True).count()
            for kind in families.CALCULATORS[family.name].kinds
        }
        return "; ".join(
            words % {"kind": kind, "equal": count, "enough": families.ENOUGH_OF_A_KIND}
            for kind, count in counts.items()
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        family = families.family_of(object_id)
        context = {
            "may_change": request.user.has_perm(MAY_CHANGE),
            "may_release": request.user.has_perm(MAY_RELEASE),
            "is_ready": family and families.may_be_released(family),
            "enough": families.ENOUGH_EQUAL,
            "enough_buyers": families.ENOUGH_ORIGINS,
        }
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))  # type: ignore[no-any-return]

    # ------------------------------------------------------------------ the buttons
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<slug:pk>/state/", view(self.set_state), name="orders_codefamily_state"),
            path("<slug:pk>/release/", view(self.release), name="orders_codefamily_release"),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    @method_decorator(permission_required(MAY_CHANGE, raise_exception=True))
    def set_state(self, request: HttpRequest, pk: str) -> HttpResponse:
        family = get_object_or_404(CodeFamily, pk=pk)
        state = request.POST.get("state")
        if state in (FamilyState.OFF, FamilyState.TRIAL):
            families.set_state(family, FamilyState(state), request.user)  # type: ignore[arg-type]
            self.log_change(request, family, FamilyState(state).label)
        return redirect("admin:orders_codefamily_change", pk)

    @method_decorator(require_POST)
    @method_decorator(permission_required(MAY_RELEASE, raise_exception=True))
    def release(self, request: HttpRequest, pk: str) -> HttpResponse:
        family = get_object_or_404(CodeFamily, pk=pk)
        if families.release(family, request.user):  # type: ignore[arg-type]
            self.log_change(request, family, _("Released."))
            messages.success(request, _("Customers get codes of this family at once now."))
        else:
            messages.error(request, _("The trial does not allow a release yet."))
        return redirect("admin:orders_codefamily_change", pk)


@admin.register(Comparison)
class ComparisonAdmin(ReadOnlyAdmin):
    """Staff delete a row that they found to be wrong, such as a mistyped code."""

    list_display = ["__str__", "family", "kind", "source", "order", "came_with", "at"]
    list_filter = ["family", "is_equal", "kind", "source", "at"]
    list_select_related = ["family", "order", "came_with"]
    fields = ["family", "kind", "shown_serial", "is_equal", "source", "order", "came_with", "at"]
    readonly_fields = ["shown_serial", "at"]

    @admin.display(description=gettext_lazy("serial"))
    def shown_serial(self, row: Comparison) -> SafeString:
        return copyable(row.serial)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("orders.delete_comparison")
