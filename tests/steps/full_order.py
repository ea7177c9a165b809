"""The life of an order at which everything happened that leaves a word somewhere."""

from datetime import timedelta

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.test import Client

from orders.desk.problems import close
from orders.desk.questions import ask
from orders.models import Alert, CodeBookEntry, Order, raise_alert
from orders.payments.refund import start_refund
from tests.steps.factories import CODE, make_staff
from tests.steps.order_form import URL, answers
from tests.steps.order_page import answer
from tests.steps.photos import jpeg
from tests.steps.problems import report
from tests.steps.stripe import Stripe
from tests.steps.work import work_until_quiet

ADDRESS, FORMER = "anna.muster@example.org", "ana.muster@example.org"
SERIAL = "BP610342718805"
NETWORK = "203.0.113.77"


def order_with_full_history(stripe: Stripe, client: Client) -> Order:
    """An order to which all happened that leaves a word somewhere: asked, answered with a photo,
    found at the desk, address corrected, returned in part with a note."""
    client.post(URL, answers(car="", serial=SERIAL, email=FORMER), REMOTE_ADDR=NETWORK)
    order = Order.objects.latest("pk")
    payment = order.payments.get()
    stripe.pay(str(payment.session_id))
    client.get(f"/orders/return/{payment.uuid}/?session_id={payment.session_id}")
    work_until_quiet()
    vera = make_staff("vera")
    order.refresh_from_db()
    assert order.open_for(vera, timedelta(minutes=15))
    is_open = order.lease_is_valid
    assert ask(order, f"Is it really {SERIAL}?", wants_photo=True, by=vera, only_if=is_open)
    answer(order, f"Yes, {SERIAL}, Anna Muster", jpeg())
    client.post(f"{order.secret_link()}email/", {"email": ADDRESS})
    order.refresh_from_db()
    assert order.open_for(vera, timedelta(minutes=15))
    assert order.find(CODE, "desk", by=vera)
    CodeBookEntry.make(order.brand, SERIAL, CODE, f"desk, {order.number}").save()
    work_until_quiet()
    start_refund(order.payments.get(), 500, "goodwill", note=f"{ADDRESS} asked", by=vera)
    work_until_quiet()
    report_and_answer(order, vera)
    raise_alert(Alert.Kind.DIFFERENCE, "payment", f"of {ADDRESS}", order).settle(vera)
    LogEntry.objects.create(
        user=vera, content_type=ContentType.objects.get_for_model(Order), object_id=str(order.pk),
        object_repr=order.number, action_flag=CHANGE, change_message=f"Wrote to {ADDRESS}.",
    )  # fmt: skip
    order.refresh_from_db()
    assert order.status == "delivered"
    return order


def report_and_answer(order: Order, vera: User) -> None:
    """The code does not work, says the customer; it does, say staff."""
    report(order, f"{SERIAL} refuses, Anna Muster")
    order.refresh_from_db()
    problem = order.problems.get()
    assert close(problem, f"Dear Anna Muster, {SERIAL} is right.", by=vera, only_if=Q())
    work_until_quiet()
