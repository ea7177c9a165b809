"""No text for customers has one of the words of tests/steps/words.py."""

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from guides.models import Brand, Guide, LegalText
from orders.lib import crypto
from orders.models import EndedBecause, Order, Question, Selling, Status
from shop import views
from shop.http import limits, uploads
from tests.steps.content import load_all, loaded
from tests.steps.factories import make_car_model, make_code, make_order, make_payment
from tests.steps.problems import report, sold_order
from tests.steps.receipts import credited, sold
from tests.steps.words import found, found_on

ROOT = Path(settings.BASE_DIR)
TO_STAFF = r"/(admin|management|checks|sign_in|migrations|code_book|models|loading|page_checks)"
TAGS = re.compile(r"(?s){%.*?%}|{#.*?#}|{{.*?}}|<[^>]+>")
TRANSLATED = re.compile(r"""{% translate (?:"([^"]*)"|'([^']*)')""")


def hits(pages: dict[str, str]) -> dict[str, list[str]]:
    return {name: each for name, page in pages.items() if (each := found_on(page))}


@pytest.mark.django_db
def test_no_public_page(client: Client) -> None:
    loaded(load_all)
    paths = ["/", "/orders/find/", "/no/such/page/"]
    paths += [f"/{slug}/" for slug in LegalText.objects.values_list("slug", flat=True)]
    paths += [guide.get_absolute_url() for guide in Guide.objects.all()]
    paths += [f"/order/{slug}/" for slug in Brand.objects.values_list("slug", flat=True)]
    paths += ["/search/?q=" + words for words in ("golf", "safe", "toyota", "no sound", "xyz")]
    assert hits({path: client.get(path).content.decode() for path in paths}) == {}


def faults() -> dict[str, Callable[[Any], HttpResponse]]:
    return {
        "400": lambda request: views.bad_request(request, SuspiciousOperation()),
        "403": lambda request: views.forbidden(request, PermissionDenied()),
        "csrf": views.csrf_failure,
        "413": uploads.too_big,
        "429": lambda request: limits.too_many(request, "orders", 3),
        "500": views.server_error,
    }


@pytest.mark.django_db
def test_no_page_of_a_fault(rf: RequestFactory) -> None:
    pages = {name: make(rf.post("/")).content.decode() for name, make in faults().items()}
    assert hits(pages) == {}


def order_in(status: str, **values: Any) -> Order:
    car_model = make_car_model()
    order = make_order(
        status=status, car_model=car_model, generation=car_model.generations.get(), **values
    )
    make_code(order)
    return order


def with_money(order: Order, status: str, **values: Any) -> Order:
    make_payment(order, status=status, **values)
    return order


def reported() -> Order:
    order = sold_order()
    report(order)
    return order


def orders() -> dict[str, Order]:
    captured: dict[str, Any] = {"status": "captured", "amount_captured": 1499, "method": "ideal"}
    made = {status: order_in(status) for status in Status.values}
    made |= {
        "at the bank": with_money(order_in("pending"), "processing"),
        "refused late": order_in("pending", deadline_at=timezone.now()),
        "due, at the bank": with_money(order_in("payment_due"), "processing"),
        "due, withdrawable": order_in("payment_due", found_at=timezone.now()),
        "authorized": with_money(order_in("with_staff"), "held"),
        "PayPal": with_money(order_in("placed"), "held", method="paypal"),
        "asked": order_in("with_staff"),
        "reported": reported(),
        "receipt": credited(sold(status="delivered"), 500).order,
    }
    made |= {f"{s}, paid": with_money(order_in(s), **captured) for s in Status.values}
    made |= {
        f"ended: {why}, found: {bool(found_at)}": order_in(
            "released", ended_because=why, found_at=found_at
        )
        for why in EndedBecause.values
        for found_at in (None, timezone.now())
    }
    made |= {
        f"{status}, on hold": order_in(status, on_hold_at=timezone.now(), on_hold_reason="fraud")
        for status in ("placed", "ready")
    }
    asked = made["asked"]
    Question.objects.create(order=asked, text_encrypted=crypto.encrypt("Which?"), wants_photo=True)
    return made


@pytest.mark.django_db
def test_no_page_of_an_order(client: Client) -> None:
    pages = {}
    for name, order in orders().items():
        for below in ("", "email/", "answer/", "problem/", "withdraw/", "receipt/"):
            pages[f"{name}: {below}"] = client.get(order.secret_link() + below).content.decode()
    assert hits(pages) == {}


@pytest.mark.django_db
def test_no_page_while_selling_is_paused(client: Client) -> None:
    loaded(load_all)
    Selling.objects.create(pk=1, is_open=False)
    pages = {path: client.get(path).content.decode() for path in ("/", "/ford/", "/order/ford/")}
    assert hits(pages) == {}


def texts_in_code(file: Path) -> list[str]:
    """Return what is marked as a text to be translated."""
    calls = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
    marked = [call for call in calls if re.fullmatch("_|n?gettext(_lazy)?", ast.unparse(call.func))]
    values = [arg.value for call in marked for arg in call.args if isinstance(arg, ast.Constant)]
    return [re.sub(r"%\(\w+\)", "%", value) for value in values if isinstance(value, str)]


def texts_in_template(file: Path) -> list[str]:
    text = file.read_text()
    return [TAGS.sub(" ", text), *(a or b for a, b in TRANSLATED.findall(text))]


def test_no_text_of_any_branch() -> None:
    """What no page of these tests shows: messages, errors, sentences for rare cases."""
    code = {file: texts_in_code for folder in ("guides", "orders", "shop")
            for file in (ROOT / folder).rglob("*.py")}  # fmt: skip
    templates = dict.fromkeys((ROOT / "templates").rglob("*.*"), texts_in_template)
    texts = {
        str(file.relative_to(ROOT)): each
        for file, read in (code | templates).items()
        if not re.search(TO_STAFF, str(file))
        if (each := [hit for text in read(file) for hit in found(text)])
    }
    assert texts == {}


def test_the_list_finds_what_it_names() -> None:
    for text in ("From one source.", "an anonymous page", "Mind the gap", "as it stands there",
                 "A person looks", "Your card is held.", "a mail from us"):  # fmt: skip
        assert found(text), text
