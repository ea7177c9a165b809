"""Sending a mail as a worker does, and reading what came."""

from orders.models import Email, Mail, Order, queue_mail
from orders.tasks import send_email
from tests.steps.factories import make_code, make_order


def send(order: Order, mail: Mail, to: str = "") -> Email:
    email = queue_mail(order, mail, to)
    send_email(email.pk)
    email.refresh_from_db()
    return email


def send_again(email: Email) -> None:
    email.make_due()
    send_email(email.pk)
    email.refresh_from_db()


def send_what_waits(order: Order) -> None:
    for email in order.emails.exclude(due_at=None):
        send_email(email.pk)


def ready_order(**values: object) -> Order:
    order = make_order(**{"status": "ready"} | values)
    make_code(order)
    return order


def sent_mails(order: Order) -> list[str]:
    """The kinds of mail that were sent about the order."""
    return list(order.emails.filter(status="sent").values_list("mail", flat=True))
