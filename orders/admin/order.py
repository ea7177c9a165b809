# mypy: allow-untyped-decorators
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.decorators import display

from orders.admin import attention, closing, email, fraud
from orders.admin.desk import ask, bulk, notes, order_list, page, problem
from orders.admin.exact_search import FoundWhole
from orders.admin.masking import CLOCK, clock, copyable, show_code
from orders.admin.order_parts import (
    AttemptInline,
    ConsentInline,
    EmailInline,
    HistoryInline,
    PaymentInline,
    ReceiptInline,
)
from orders.admin.refunds.request import may_be_returned, return_money
from orders.desk.deadlines import decide_by
from orders.mail.resend import current_email_type
from orders.models import (
    Attention,
    Dispute,
    Mail,
    Order,
    Payment,
    PaymentStatus,
    Refund,
    Status,
    queue_mail,
)
from orders.payments.closing import payments_to_close

STATUS = dict.fromkeys(Status, "") | {
    Status.PLACED: "info",
    Status.WITH_STAFF: "warning",
    Status.FOUND: "info",
    Status.PAYMENT_DUE: "warning",
    Status.READY: "success",
    Status.DELIVERED: "success",
    Status.PROBLEM: "warning",
    Status.REFUNDED: "danger",
}


@admin.register(Order)
class OrderAdmin(FoundWhole):
    """All about an order on one page. It changes by buttons, which make the order's own moves."""

    list_display = ["number", "radio", "state", "since", "deadline", "attention"]
    list_select_related = ["radio"]
    list_filter = ["status", attention.AttentionFilter, "brand", "created_at"]
    more_lookups = [
        "placed_at__gte", "placed_at__lt", "ready_at__isnull", "found_at__isnull",
        "ended_because__in", "radio__id__exact", "codes__source", "codes__is_current",
    ]  # fmt: skip
    list_per_page = 50
    search_fields = ["number", "email"]
    number_field, address_lookup, finds_serials = "number", "mailbox", True
    search_help_text = gettext_lazy("Order number, e-mail or serial")
    change_form_outer_before_template = "admin/orders/_now.html"
    change_form_outer_after_template = "admin/orders/_others.html"
    inlines = [
        HistoryInline,
        AttemptInline,
        PaymentInline,
        ReceiptInline,
        EmailInline,
        ConsentInline,
    ]
    readonly_fields = [
        "serial", "second_number", "device_number", "price_shown", "placed_at", "deadline_at",
        "found_at", "ready_at", "delivered_at", "first_shown_at", "created_at", "worked",
    ]  # fmt: skip
    fieldsets = [
        (
            gettext_lazy("The radio"),
            {
                "fields": [
                    ("radio", "brand"),
                    "serial",
                    ("second_number", "device_number"),
                    ("date_on_screen", "shows"),
                    ("car_model", "generation"),
                    ("make_typed", "model_typed"),
                    "entry_steps",
                ]
            },
        ),
        (
            gettext_lazy("The customer and the money"),
            {"fields": [("email", "price_shown"), ("created_at", "placed_at"), "deadline_at"]},
        ),
        (
            gettext_lazy("The code"),
            {"fields": [("found_at", "ready_at"), ("delivered_at", "first_shown_at"), "worked"]},
        ),
    ]

    # ------------------------------------------------------------------ what is shown
    @display(description=gettext_lazy("status"), ordering="status", label=STATUS)
    def state(self, order: Order) -> tuple[str, str]:
        if order.status == Status.PENDING and order.processing:  # type: ignore[attr-defined]
            return Status.PLACED, _("the bank processes the payment")
        return order.status, order.get_status_display()

    @admin.display(description=gettext_lazy("since"), ordering="created_at")
    def since(self, order: Order) -> str:
        return timesince(order.placed_at or order.created_at, depth=1)

    @display(description=gettext_lazy("deadline"), ordering="deadline_at", label=CLOCK)
    def deadline(self, order: Order) -> tuple[str, str] | None:
        return clock(order.deadline_at)

    @admin.display(description=gettext_lazy("needs staff"))
    def attention(self, order: Order) -> str:
        return "; ".join(str(each) for each in order.open_rows)  # type: ignore[attr-defined]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        rows: QuerySet[Order] = super().get_queryset(request)
        processing = Payment.objects.filter(status=PaymentStatus.PROCESSING)
        return rows.prefetch_related(
            Prefetch("attentions", Attention.open_rows(), to_attr="open_rows"),
            # no subquery beside the orders: the database would read all payments
            Prefetch("payments", processing, to_attr="processing"),
        )

    @admin.display(description=gettext_lazy("serial"))
    def serial(self, order: Order) -> SafeString:
        return copyable(order.serial)

    @admin.display(description=gettext_lazy("second number"))
    def second_number(self, order: Order) -> SafeString:
        return copyable(order.second_number)

    @admin.display(description=gettext_lazy("device number"))
    def device_number(self, order: Order) -> SafeString:
        return copyable(order.device_number)

    @admin.display(description=gettext_lazy("price"))
    def price_shown(self, order: Order) -> str:
        return order.price_text

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        order = Order.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        may = request.user.has_perm
        somebodys = order if order and not order.is_anonymised else None
        context = {
            "may_open": order and order.status == Status.WITH_STAFF and may("orders.enter_code"),
            "may_answer": order and order.status == Status.PROBLEM and may("orders.enter_code"),
            "may_see_code": order and order.may_show_code and may("orders.view_code"),
            "may_act": may("orders.change_order"),
            "may_close": may("orders.return_money"),
            "attentions": [
                (each, payments_to_close(each)) for each in (order.open_attentions if order else [])
            ],
            "may_refuse": may("orders.enter_code"),
            "may_resend": order and current_email_type(order) and may("orders.change_order"),
            "may_correct": somebodys
            and somebodys.status != Status.EXPIRED
            and request.user.has_perms(email.MAY_CORRECT),
            "may_block": somebodys and may("orders.add_block"),
            "may_return": order and may_be_returned(order) and may("orders.return_money"),
            "refunds": Refund.objects.filter(payment__order=order).select_related("payment", "by"),
            "disputes": Dispute.objects.filter(payment__order=order),
            "others": fraud.others(order) if order else [],
            "decide_by": (ends := decide_by(order) if order else None),
            "hold_clock": clock(ends),
        }
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))  # type: ignore[no-any-return]

    # ------------------------------------------------------------------ the pages and buttons
    def get_urls(self) -> list[URLPattern]:
        pages = [
            ("desk/", order_list.desk_list, "desk_list"),
            ("desk/next/", order_list.next_order, "desk_next"),
            ("desk/bulk/", bulk.bulk, "desk_bulk"),
            ("desk/bulk/send/", bulk.send, "desk_bulk_send"),
            ("desk/bulk/serials.csv", bulk.export, "desk_bulk_csv"),
            ("<int:pk>/desk/", page.desk, "desk"),
            ("<int:pk>/desk/keep/", page.keep, "desk_keep"),
            ("<int:pk>/desk/end/", page.end, "desk_end"),
            ("<int:pk>/desk/suggest/", page.suggest, "desk_suggest"),
            ("<int:pk>/desk/put-back/", page.put_back, "desk_put_back"),
            ("<int:pk>/desk/ask/", ask.ask_customer, "desk_ask"),
            ("<int:pk>/desk/serial/", ask.correct_serial, "desk_serial"),
            ("<int:pk>/desk/photo/<int:upload_pk>/", ask.photo, "desk_photo"),
            *problem.PAGES,
            ("<int:pk>/desk/label/<int:photo_pk>/", ask.label, "desk_label"),
            ("attention/", attention.attention_list, "attention"),
            ("<int:pk>/note/", notes.add_note, "note"),
            ("<int:pk>/settle/", attention.settle, "settle"),
            ("attention/<int:pk>/settle/", attention.settle_alert, "settle_alert"),
            ("attention/<int:pk>/refund/", closing.refund_unknown, "refund_unknown"),
            ("<int:pk>/close-payment/<int:payment_pk>/", closing.close_payment, "close_payment"),
            ("<int:pk>/refuse/", fraud.refuse, "refuse"),
            ("<int:pk>/return-money/", return_money, "return_money"),
            ("<int:pk>/code/", self.code, "code"),
            ("<int:pk>/send-link/", self.send_link, "send_link"),
            ("<int:pk>/send-again/", email.send_again, "send_again"),
            ("<int:pk>/address/", email.address, "address"),
        ]
        urls: list[URLPattern] = super().get_urls()
        return [
            path(route, self.admin_site.admin_view(view), name=f"orders_order_{name}")
            for route, view, name in pages
        ] + urls

    @method_decorator(require_POST)
    @method_decorator(permission_required("orders.view_code", raise_exception=True))
    def code(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The code, to who may see it and asked; that they did is written down."""
        order = get_object_or_404(Order, pk=pk)
        back = reverse("admin:orders_order_change", args=[pk])
        code = order.current_code if order.may_show_code else None
        if code is None:
            messages.error(request, _("Only a ready order that is not on hold shows its code."))
            return redirect(back)
        self.log_change(request, order, _("Looked at the code."))
        return show_code(request, _("Code of %s") % order.number, code.digits, back)

    @method_decorator(require_POST)
    @method_decorator(permission_required("orders.change_order", raise_exception=True))
    def send_link(self, request: HttpRequest, pk: int) -> HttpResponse:
        order = get_object_or_404(Order, pk=pk)
        queue_mail(order, Mail.ORDER_LINK)
        self.log_change(request, order, _("Sent the customer a fresh link."))
        messages.success(request, _("A mail with the link to the order is on its way."))
        return redirect("admin:orders_order_change", pk)
