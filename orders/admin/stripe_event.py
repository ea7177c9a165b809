# mypy: allow-untyped-decorators
"""Stripe's events: what came, what became of it, and having it handled once more."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from unfold.decorators import display

from orders.admin.read_only import ReadOnlyAdmin
from orders.models import EventStatus, StripeEvent

EVENT_STATUS = {
    EventStatus.RECEIVED: "info",
    EventStatus.HANDLED: "success",
    EventStatus.IGNORED: "",
}


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnlyAdmin):
    list_display = ["type", "state", "received_at", "ignored_because"]
    list_filter = ["status", "type", "received_at"]
    search_fields = ["stripe_id", "object_id", "intent_id"]
    search_help_text = gettext_lazy("An id of Stripe")
    change_form_outer_before_template = "admin/orders/_event.html"
    actions = ["replay_chosen"]
    readonly_fields = [
        "status", "type", "stripe_id", "object_id", "intent_id", "api_version",
        "is_live", "ignored_because", "received_at", "due_at", "tries",
    ]  # fmt: skip
    fields = readonly_fields

    @display(description=gettext_lazy("status"), ordering="status", label=EVENT_STATUS)
    def state(self, event: StripeEvent) -> tuple[str, str]:
        return event.status, event.get_status_display()

    # ------------------------------------------------------------------ handled once more
    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orders.replay_event")

    @admin.action(description=gettext_lazy("Handle again"), permissions=["replay"])
    def replay_chosen(self, request: HttpRequest, events: QuerySet[StripeEvent]) -> None:
        count = sum(self.replay_one(request, event) for event in events)
        words = ngettext("%d event is handled again.", "%d events are handled again.", count)
        messages.success(request, words % count)

    def replay_one(self, request: HttpRequest, event: StripeEvent) -> bool:
        is_replayed = event.replay()
        if is_replayed:
            self.log_change(request, event, _("Had it handled again."))
        return is_replayed

    @method_decorator(require_POST)
    def replay(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_replay_permission(request):
            return HttpResponse(status=403)
        event = get_object_or_404(StripeEvent, pk=pk)
        if self.replay_one(request, event):
            messages.success(request, _("The event is handled again."))
        else:
            messages.info(request, _("The event waits to be handled already."))
        return redirect("admin:orders_stripeevent_change", pk)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {"may_replay": self.has_replay_permission(request)} | (extra_context or {})
        return super().change_view(request, object_id, form_url, context)  # type: ignore[no-any-return]

    def get_urls(self) -> list[URLPattern]:
        urls: list[URLPattern] = super().get_urls()
        replay = self.admin_site.admin_view(self.replay)
        return [path("<int:pk>/replay/", replay, name="orders_stripeevent_replay"), *urls]
