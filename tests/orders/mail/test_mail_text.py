"""How every mail reads: its text part as a reader sees it, and what an inbox shows of it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import timezone

from guides.models import Guide, Procedure, Symptom
from orders.lib import crypto
from orders.mail import alerts
from orders.mail.compose import MAILS, compose
from orders.models import Alert, Consent, Email, Mail, Order, Question, Refund, raise_alert
from tests.steps.factories import (
    CODE,
    SERIAL,
    make_brand,
    make_car_model,
    make_code,
    make_order,
    make_payment,
    make_radio,
)
from tests.steps.receipts import credited, sold
from tests.steps.words import found, found_on

pytestmark = pytest.mark.django_db

WIDEST = 74  # characters of a line; only addresses are longer
LONG = (
    "Switch the ignition on, wait until the display has shown the word CODE for ten seconds & "
    "more, then press the third preset as often as the first digit says."
)


def all_of_it(**values: Any) -> Order:
    """An order of which everything is known, in words as long and odd as they come."""
    brand = make_brand(slug="peugeot-citroen", name="Peugeot & Citroën")
    car_model = make_car_model(brand=brand, slug="c4", name="C4 Grand Picasso “Exclusive”")
    Guide.objects.update(tries=LONG)
    Procedure.objects.update(steps=[LONG, "Press <OK>."], caution=LONG, serves=LONG[:120])
    Symptom.objects.create(
        guide=car_model.guide, shows="wait", title="WAIT", answer=LONG, code_helps="later"
    )
    radio = make_radio(
        brand=brand, name="Peugeot & Citroën radio (Blaupunkt RD3 or RD4, serial of 14 characters)"
    )
    order = make_order(
        radio=radio, car_model=car_model, generation=car_model.generations.get(), shows="wait",
        entry_steps=f"{LONG}\n{LONG}", **values,
    )  # fmt: skip
    make_code(order)
    return order


def at_desk(**values: Any) -> Order:
    return all_of_it(status="with_staff", deadline_at="2026-11-23T15:30:00Z", **values)


def asked() -> Order:
    order = at_desk()
    Question.objects.create(order=order, text_encrypted=crypto.encrypt(f"{LONG}\n\n{LONG}"))
    return order


def reported(**values: Any) -> Order:
    order = all_of_it(**{"status": "problem", "deadline_at": "2026-11-23T15:30:00Z"} | values)
    code = order.codes.get()
    order.problems.create(
        code=code, reported_at=timezone.now(), words_encrypted=crypto.encrypt(f"{LONG}\n\n{LONG}")
    )
    return order


def replaced() -> Order:
    order = reported(status="ready")
    order.problems.update(outcome="replaced", closed_at=timezone.now())
    return order


def returned(status: str = "succeeded") -> tuple[Order, Refund]:
    payment = sold(status="delivered")
    refund = credited(payment, 500).refund
    assert refund is not None
    Refund.objects.filter(pk=refund.pk).update(status=status)
    refund.refresh_from_db()
    return payment.order, refund


def paid_twice() -> Order:
    order = at_desk()
    make_payment(order, status="cancelled", is_superseded=True)
    return order


def withdrawn(**values: Any) -> Order:
    order = all_of_it(status="released", ended_because="withdrawn", **values)
    order.history.create(subject="order", subject_id=order.pk, move="end", status="ending")
    return order


def charged(order: Order) -> Order:
    make_payment(order, status="captured", amount_captured=1499, method="klarna")
    return order


def no_code(because: str) -> Callable[[], Order]:
    return lambda: all_of_it(status="released", ended_because=because)


CASES: dict[str, tuple[Mail, Callable[[], Any]]] = {
    "order received": (Mail.ORDER_RECEIVED, at_desk),
    "order received, paid at once": (Mail.ORDER_RECEIVED, lambda: charged(at_desk())),
    "order received, with a question": (Mail.ORDER_RECEIVED, asked),
    "code": (Mail.YOUR_CODE, lambda: all_of_it(status="ready")),
    "code, with a receipt": (Mail.YOUR_CODE, lambda: sold(status="ready").order),
    "another code": (Mail.YOUR_CODE, replaced),
    "problem": (Mail.PROBLEM_RECEIVED, reported),
    "problem closed": (Mail.PROBLEM_CLOSED, lambda: reported(status="delivered")),
    "problem alert": (Mail.PROBLEM_ALERT, reported),
    "problem late": (Mail.PROBLEM_LATE, reported),
    "no code": (Mail.NO_CODE, no_code("no_code")),
    "no code in time": (Mail.NO_CODE, no_code("deadline")),
    "no code, refused": (Mail.NO_CODE, no_code("fraud")),
    "no code, withdrawn": (Mail.NO_CODE, withdrawn),
    "pay again": (
        Mail.PAY_AGAIN,
        lambda: all_of_it(status="payment_due", deadline_at="2026-11-23T15:30:00Z"),
    ),
    "money returned": (Mail.MONEY_RETURNED, returned),
    "refund failed": (Mail.REFUND_FAILED, lambda: returned("failed")),
    "paid twice": (Mail.PAID_TWICE, paid_twice),
    "bank waits": (Mail.BANK_WAITS, all_of_it),
    "bank refused": (Mail.BANK_REFUSED, lambda: all_of_it(deadline_at="2026-11-23T15:30:00Z")),
    "bank refused, code found": (
        Mail.BANK_REFUSED,
        lambda: all_of_it(status="payment_due", deadline_at="2026-11-23T15:30:00Z"),
    ),
    "withdrawal": (Mail.WITHDRAWAL_RECEIVED, withdrawn),
    "withdrawal, paid at once": (Mail.WITHDRAWAL_RECEIVED, lambda: charged(withdrawn())),
    "link": (Mail.ORDER_LINK, lambda: all_of_it(status="ready")),
    "address changed": (Mail.ADDRESS_CHANGED, lambda: all_of_it(status="ready")),
    "question": (Mail.QUESTION, asked),
    "question again": (Mail.QUESTION_AGAIN, asked),
    "desk alert": (Mail.DESK_ALERT, at_desk),
    "desk late": (Mail.DESK_LATE, at_desk),
    "answered": (Mail.ANSWERED, at_desk),
    "on hold": (Mail.ON_HOLD, lambda: at_desk(on_hold_at=timezone.now(), on_hold_reason="fraud")),
    "being checked": (Mail.BEING_CHECKED, lambda: at_desk(on_hold_at=timezone.now())),
    "hold ends": (Mail.HOLD_ENDS, lambda: all_of_it(on_hold_at=timezone.now())),
}


@dataclass(frozen=True)
class Composed:
    mail: EmailMultiAlternatives
    to: str
    message_id: str
    secrets: tuple[str, ...]


def composed(kind: Mail, make: Callable[[], Any]) -> Composed:
    made = make()
    order, refund = made if isinstance(made, tuple) else (made, None)
    order.refresh_from_db()
    Consent.objects.create(order=order, kind="terms", version="1", text=LONG)
    email = Email.objects.create(order=order, mail=kind, to=order.email, refund=refund)
    secrets = (CODE, SERIAL, order.token, order.email)
    return Composed(compose(email), email.to, email.message_id, secrets)


@cache
def all_mails() -> dict[str, Composed]:
    """The mails stay when the rows they are about are gone: one composing serves all tests."""
    mails = {}
    for name, (kind, make) in CASES.items():
        with transaction.atomic():
            mails[name] = composed(kind, make)
            transaction.set_rollback(True)
    return mails


def breaking(rule: Callable[[EmailMultiAlternatives], object]) -> dict[str, object]:
    """What the rule finds wrong, by the mail in which it does."""
    found = {name: rule(each.mail) for name, each in all_mails().items()}
    return {name: wrong for name, wrong in found.items() if wrong}


def html_of(mail: EmailMultiAlternatives) -> str:
    content, kind = mail.alternatives[0]
    assert kind == "text/html"
    return str(content)


class Words(HTMLParser):
    """The text of a page in the order in which it is read, hidden or not, and where it links to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: set[str] = set()
        self.feed(html.partition("<body")[2])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links |= {str(value) for name, value in attrs if name == "href"}

    def handle_data(self, data: str) -> None:
        if text := data.strip(" >\n\xa0\u200c"):
            self.words.append(text)


def first_words(mail: EmailMultiAlternatives) -> str:
    """What an inbox shows beside the subject: the first text, which is the hidden line."""
    html = html_of(mail)
    hidden, _rest = html.split("<body")[1].split("&zwnj;", 1)
    assert "display: none" in hidden
    return " ".join(Words(f"<body{hidden}").words[-1].split())


def test_every_mail_has_its_case() -> None:
    assert {mail for mail, _ in CASES.values()} == set(MAILS) == set(Mail)


# ------------------------------------------------------------------ the text part
def lines_too_wide(mail: EmailMultiAlternatives) -> list[str]:
    wide = [line for line in mail.body.splitlines() if len(line) > WIDEST]
    return [line for line in wide if not re.fullmatch(r"https?://\S+", line)]


def test_no_line_runs_out_of_the_window() -> None:
    assert breaking(lines_too_wide) == {}


def short_lines(mail: EmailMultiAlternatives) -> list[str]:
    """In a paragraph that was folded by hand, and again because a name in it was long."""
    lines = mail.body.splitlines()
    found = []
    for before, line, after in zip(lines, lines[1:], lines[2:], strict=False):
        goes_on = len(before) > 60 and after.strip()[:1].islower()
        if goes_on and 0 < len(line) < 30:
            found.append(f"{before}\n{line}\n{after}")
    return found


def test_no_line_is_left_with_a_word_or_two() -> None:
    assert breaking(short_lines) == {}


def markup_left(mail: EmailMultiAlternatives) -> list[str]:
    text = f"{mail.subject}\n{mail.body}".replace("<OK>", "")
    return re.findall(r"&\w+;|&#|</?\w+|{{|{%|\bNone\b|\bTrue\b|\bFalse\b", text)


def test_nothing_of_a_template_or_of_html_is_left() -> None:
    assert breaking(markup_left) == {}


def odd_space(mail: EmailMultiAlternatives) -> bool:
    body = str(mail.body)
    odd = re.search(r"[ \t]+$|\n{4}", body, re.MULTILINE)
    return bool(odd) or body != body.strip("\n") + "\n"


def test_it_is_spaced_as_by_hand() -> None:
    assert breaking(odd_space) == {}


def links_of_one_part(mail: EmailMultiAlternatives) -> set[str]:
    in_text = set(re.findall(r"https?://\S+", str(mail.body)))
    return in_text ^ {link for link in Words(html_of(mail)).links if link.startswith("http")}


def test_text_and_html_lead_to_the_same_places() -> None:
    assert breaking(links_of_one_part) == {}


def test_steps_hang_under_their_number() -> None:
    mail = compose(Email.objects.create(order=all_of_it(status="ready"), mail=Mail.YOUR_CODE))
    assert "\n1. Switch the ignition on," in mail.body
    assert re.search(r"\n2\. Switch[^\n]+\n   [a-z]", str(mail.body))


def test_an_address_is_never_broken() -> None:
    long = "https://shop.example/" + "x" * 90
    alert = raise_alert(Alert.Kind.DECLINES, "x", f"Look at {long}, and at all that is there.")
    assert long in alerts.compose(alert).body


def words_to_avoid(mail: EmailMultiAlternatives) -> list[str]:
    return found(f"{mail.subject}\n{mail.body}") + found_on(html_of(mail))


def test_no_mail_has_words_that_no_native_would_write() -> None:
    assert breaking(words_to_avoid) == {}


# ------------------------------------------------------------------ in the list of an inbox
def test_the_subject_is_short_and_without_secrets() -> None:
    assert breaking(lambda mail: len(str(mail.subject)) > 100) == {}
    assert {
        name: secret
        for name, each in all_mails().items()
        for secret in each.secrets
        if secret in each.mail.subject
    } == {}


def odd_preview(mail: EmailMultiAlternatives) -> str:
    preview = first_words(mail)
    is_sentence = re.fullmatch(r"[A-Z0-9].{19,139}\.", preview)
    return "" if is_sentence and preview.rstrip(".") not in mail.subject else preview


def test_the_preview_is_a_sentence_without_secrets() -> None:
    assert breaking(odd_preview) == {}
    assert {
        name: secret
        for name, each in all_mails().items()
        for secret in each.secrets
        if secret in first_words(each.mail)
    } == {}


def test_the_headers_are_those_of_a_mail_about_an_order() -> None:
    """It answers to an order, so there is nothing to unsubscribe from."""
    for name, each in all_mails().items():
        assert each.mail.extra_headers == {
            "Message-ID": each.message_id,
            "Auto-Submitted": "auto-generated",
        }, name
        assert (each.mail.to, each.mail.cc, each.mail.bcc) == ([each.to], [], []), name


def test_no_two_mails_have_the_same_id() -> None:
    order = make_order(status="ready")
    ids = {Email.objects.create(order=order, mail=Mail.ORDER_LINK).message_id for _ in range(3)}
    assert len(ids) == 3
    assert all(re.fullmatch(r"<[0-9a-f]{32}@encore\.example>", each) for each in ids)
