# mypy: allow-untyped-decorators
"""Messages of the contact form: the open ones first, and a page to read and answer each."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from unfold.decorators import display

from orders.admin.desk.ask import shown
from orders.admin.exact_search import ADDRESS, FoundWhole
from orders.desk.messages import close_message
from orders.lib.text import trim
from orders.models import Message, Upload

MAY_ANSWER = "orders.change_message"


class MessageForm(forms.Form):
    answer = forms.CharField(
        label=gettext_lazy("Your answer"),
        help_text=gettext_lazy("It is mailed to the address above. Anybody can type any address."),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 8}),
    )


@admin.register(Message)
class MessageAdmin(FoundWhole):
    list_display = ["state", "sender", "order", "age", "created_at", "answered_by"]
    list_display_links = ["state", "sender"]
    list_filter = ["created_at"]
    list_select_related = ["order", "answered_by"]
    ordering: ClassVar = [F("answered_at").desc(nulls_first=True), "created_at"]
    search_fields = ["order__number"]
    search_help_text = gettext_lazy("Number of the order, or the whole e-mail address")
    fields: ClassVar[list[str]] = []
    change_form_template = "admin/orders/message.html"

    @display(description=gettext_lazy("status"), label={"open": "warning", "done": "success"})
    def state(self, message: Message) -> tuple[str, str]:
        if message.answered_at is None:
            return "open", _("open")
        return "done", _("answered") if message.answer_encrypted else _("closed")

    @admin.display(description=gettext_lazy("from"))
    def sender(self, message: Message) -> str:
        return message.email_masked

    @admin.display(description=gettext_lazy("waits for"))
    def age(self, message: Message) -> str:
        return "" if message.answered_at else timesince(message.created_at, depth=1)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Message], search_term: str
    ) -> tuple[QuerySet[Message], bool]:
        if ADDRESS.fullmatch(term := trim(search_term)):
            return queryset.filter(pk__in=Message.of_mailbox(term).values("pk")), False
        return super().get_search_results(request, queryset, search_term)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/answer/", view(self.answer), name="orders_message_answer"),
            path("<int:pk>/photo/<int:upload_pk>/", view(self.photo), name="orders_message_photo"),
            *super().get_urls(),
        ]

    def render_change_form(self, request: HttpRequest, context: Any, **kwargs: Any) -> HttpResponse:
        context |= {
            "message": kwargs["obj"],
            "may_answer": request.user.has_perm(MAY_ANSWER),
            "answer_form": MessageForm(),
        }
        return super().render_change_form(request, context, **kwargs)  # type: ignore[no-any-return]

    @method_decorator(require_POST)
    @method_decorator(permission_required(MAY_ANSWER, raise_exception=True))
    def answer(self, request: HttpRequest, pk: int) -> HttpResponse:
        message = get_object_or_404(Message, pk=pk)
        form = MessageForm(request.POST)
        is_closed = "close" in request.POST
        if not is_closed and not form.is_valid():
            messages.error(request, _("Write an answer of at most 4,000 characters."))
            return redirect("admin:orders_message_change", pk)
        words = "" if is_closed else form.cleaned_data["answer"]
        if close_message(message, request.user, words):  # type: ignore[arg-type]
            done = _("The message is closed.") if is_closed else _("Your answer is being mailed.")
            messages.success(request, done)
        else:
            messages.error(request, _("Somebody else answered it before you. Nothing was sent."))
        return redirect("admin:orders_message_changelist")

    @method_decorator(require_safe)
    @method_decorator(permission_required("orders.view_message", raise_exception=True))
    def photo(self, request: HttpRequest, pk: int, upload_pk: int) -> HttpResponse:
        photo = get_object_or_404(Upload, message=pk, pk=upload_pk)
        if not photo.is_kept:
            raise Http404
        return shown(photo, f"message-{pk}")
