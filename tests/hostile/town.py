"""A shop in which every address leads somewhere: a row of every kind, an order in every state."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from django.contrib.auth.models import Group, User
from django.utils import timezone

from guides.loading.guides import load_guides
from guides.models import Brand, Guide, LegalText
from orders.desk.messages import take_message
from orders.lib import crypto
from orders.models import (
    Alert,
    Answer,
    Block,
    CodeBookEntry,
    Dispute,
    Import,
    LabelPhoto,
    Mail,
    Order,
    Question,
    Radio,
    Selling,
    Status,
    StripeEvent,
    Upload,
    queue_mail,
)
from tests.steps.factories import (
    CODE,
    SERIAL,
    make_code,
    make_fallback_radio,
    make_order,
    make_part_number,
    make_payment,
    make_radio,
    make_refund,
)
from tests.steps.guide_files import write_acme
from tests.steps.photos import jpeg
from tests.steps.receipts import credited, sold

MAIL = "anna.secret@customers.example"
PAID = {"with_staff": "held", "found": "held", "payment_due": "failed", "ending": "captured"}


def fill() -> User:
    """Returns the member of staff who may do all; their password is "secret"."""
    staff = User.objects.create_superuser("root", "root@encore.example", "secret")
    Group.objects.create(name="desk")
    radio = fill_counter(_guides())
    CodeBookEntry.make(radio.brand, SERIAL, CODE, origin="tests").save()
    Selling.objects.create(pk=1)
    _desk(radio, staff)
    _back_office(staff)
    return staff


def fill_counter(brand: Brand) -> Radio:
    """What strangers need: a radio on sale, an order in every state, a sale with its receipts."""
    radio = make_radio(brand=brand)
    make_fallback_radio(brand=brand)
    make_part_number(brand=brand)
    for status in Status.values:
        _order(status, radio, car_model=brand.car_models.first())
    _sale(radio)
    return radio


def _guides() -> Brand:
    with TemporaryDirectory() as folder:
        load_guides([write_acme(Path(folder))])
    for slug in ("terms", "privacy", "refunds", "contact", "accessibility"):
        LegalText.objects.create(slug=slug, title=slug, body="# Text\n\nWords.")
    return Guide.objects.get(car_model=None).brand


def _order(status: str, radio: Radio, **values: Any) -> Order:
    order = make_order(status=status, radio=radio, email=MAIL, **values)
    if status not in ("pending", "expired"):
        make_payment(order, status=PAID.get(status, "captured"), amount_captured=order.price)
    if status in ("found", "payment_due", "ready", "delivered"):
        make_code(order)
    return order


def _sale(radio: Radio) -> None:
    payment = sold(status="delivered", radio=radio)
    Order.objects.filter(pk=payment.order_id).update(email=MAIL, mailbox=MAIL)
    credited(payment, 100)
    make_refund(payment, amount=50)
    queue_mail(payment.order, Mail.YOUR_CODE)
    Dispute.objects.create(
        payment=payment, stripe_id="dp_test_1", status="needs_response", reason="fraudulent",
        amount=payment.amount, currency="eur", opened_at=timezone.now(),
        evidence_due_at=timezone.now() + timedelta(days=7),
    )  # fmt: skip


def _desk(radio: Radio, staff: User) -> None:
    """An order that waits for an answer, and one whose answer came with a photo."""
    for is_answered in (False, True):
        order = _order("with_staff", radio)
        question = Question.objects.create(
            order=order, by=staff, text_encrypted=crypto.encrypt("Where?"), wants_photo=True,
            closed_at=timezone.now() if is_answered else None,
        )  # fmt: skip
        if is_answered:
            said = crypto.encrypt(f"It reads {SERIAL}")
            answer = Answer.objects.create(question=question, text_encrypted=said)
            photo = crypto.encrypt_bytes(jpeg())
            Upload.objects.create(answer=answer, content_encrypted=photo)
            drop_at = timezone.now() + timedelta(days=1)
            LabelPhoto.objects.create(order=order, content_encrypted=photo, drop_at=drop_at)


def _back_office(staff: User) -> None:
    take_message(UUID(int=2), MAIL, "", f"It reads {SERIAL}", "", [[jpeg()]])
    Alert.objects.create(kind="declines", key="declines", text="Many payments are declined.")
    block = Block(kind="email", reason="chargebacks", by=staff)
    block.set_value(MAIL)
    block.save()
    Import.objects.create(name="list.csv", status="read", added=1, rows=1, by=staff)
    StripeEvent.objects.create(
        stripe_id="evt_test_1", type="charge.refunded", is_live=False, status="handled"
    )
