"""A run of `make chaos` fails where an order is lost, stuck, or shown a wrong code."""

import random
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from orders.models import Order
from sandbox.inbox.mail import Mail
from sandbox.stripe import StripeStandIn
from tests.chaos.browser import Town
from tests.chaos.buying import Purchase
from tests.chaos.customer import Customer
from tests.chaos.radios import KINDS
from tests.chaos.verdict import Fate, copies_of, wrong_codes_in_mails, wrong_end
from tests.steps.factories import make_order

pytestmark = pytest.mark.django_db
IN_BOOK = next(kind for kind in KINDS if kind.in_book)
MAIL = b"Message-ID: <1@shop.test>\r\n\r\nYour code:\r\n\r\n    %s\r\n"


FateOf = Callable[..., Fate]


@pytest.fixture
def fate_of() -> Iterator[FateOf]:
    def play(order: Order | None, shown: str = "") -> Fate:
        number = order.number if order else ""
        customer = Customer(town, 0, random.Random(0), number=number)
        customer.code = "4307"
        return Fate(Purchase(IN_BOOK, customer), order, shown)

    with StripeStandIn() as stripe:
        town = Town("http://shop.test", stripe, patience=1)
        yield play


def wrong(fate: Fate) -> list[str]:
    return [each.says for each in wrong_end(fate)]


def test_an_order_with_its_code_is_right(fate_of: FateOf) -> None:
    assert wrong(fate_of(make_order(status="delivered"), shown="4307")) == []


@pytest.mark.parametrize("shown", ["4308", ""])
def test_another_code_or_none_is_wrong(fate_of: FateOf, shown: str) -> None:
    assert "another code" in wrong(fate_of(make_order(status="delivered"), shown=shown))[0]


def test_a_code_that_nobody_may_see_yet_is_wrong(fate_of: FateOf) -> None:
    assert "another code" in wrong(fate_of(make_order(status="with_staff"), shown="4307"))[0]


def test_an_order_that_is_lost_or_at_another_end_is_wrong(fate_of: FateOf) -> None:
    assert "no order" in wrong(fate_of(None))[0]
    assert "released" in wrong(fate_of(make_order(status="released")))[0]


def test_a_deadline_that_is_over_is_wrong(fate_of: FateOf) -> None:
    late = make_order(status="with_staff", deadline_at=timezone.now() - timedelta(seconds=1))
    assert "deadline" in wrong(fate_of(late))[0]


@pytest.mark.parametrize(("code", "count"), [(b"4307", 0), (b"4308", 1)])
def test_a_mail_must_bring_the_right_code(fate_of: FateOf, code: bytes, count: int) -> None:
    fate = fate_of(make_order(status="delivered", ready_at=timezone.now()), shown="4307")
    mail = Mail(1, 0.0, "shop@shop.test", (fate.purchase.customer.email,), MAIL % code)
    assert len(list(wrong_codes_in_mails([fate], [mail]))) == count
    assert copies_of([mail, mail])[fate.purchase.customer.email] == 1
