"""The page on which a customer answers a question of staff."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from orders.desk.questions import files_left, may_answer
from orders.forms.answer import AnswerForm
from orders.lib.http import SeeOther, without_index
from orders.views.links import find_order


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def order_answer(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """A page of its own that never reloads itself, so that what is typed stays."""
    order = find_order(number, token)
    question = may_answer(order)
    if question is None:
        if request.method == "POST":
            messages.info(request, _("Thank you. We no longer need an answer."))
        return SeeOther(order.secret_link())
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = AnswerForm(*sent, question=question, request=request)
    if sent and form.is_valid():
        if form.save():
            messages.success(request, _("Thank you. We have your answer."))
        else:
            messages.info(request, _("Thank you. We no longer need an answer."))
        return SeeOther(order.secret_link())
    context = {
        "order": order,
        "question": question,
        "form": form,
        "answers": question.answers.prefetch_related("uploads"),
        "files_left": files_left(question),
        "kept_days": settings.UPLOADS_KEPT_DAYS,
    }
    status = 422 if form.errors else 200
    return without_index(render(request, "orders/answer.html", context, status=status))
