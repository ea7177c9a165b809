"""Order links are not stored in clear; version 1.0, which needs that, may run beside this one."""

import io
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from orders.lib import crypto
from orders.mail.resend import correct_email
from orders.models import Attempt, Mail, Order, Outcome, has_conflicting_answer
from orders.privacy.anonymise import anonymise_order
from tests.steps.database_search import traces_of
from tests.steps.factories import CODE, make_order, make_payment
from tests.steps.mail import ready_order, send

pytestmark = [pytest.mark.django_db, pytest.mark.also_on_sqlite]
OLD_TOKEN = "8qd3SESzkD1W1vCQYSD0M9_NX6cPqkgI"


def of_version_1(token: str = OLD_TOKEN, **values: Any) -> Order:
    """An order as version 1.0 stores it."""
    order = make_order(**values)
    with connection.cursor() as cursor:
        sets = "token = %s, token_hash = '', token_encrypted = ''"
        cursor.execute(f"UPDATE orders_order SET {sets} WHERE id = %s", [token, order.pk])  # noqa: S608
    order.refresh_from_db()
    return order


def in_clear(order: Order) -> str:
    return str(Order.objects.values_list("token_clear", flat=True).get(pk=order.pk))


def opens(number: str, token: str) -> bool:
    return Client().get(f"/orders/{number}/{token}/").status_code == 200


def clear_traces_of(*words: str) -> list[str]:
    return [each for each in traces_of(*words) if "_encrypted" not in each]


def finish(*options: str) -> str:
    out = io.StringIO()
    call_command("finish_update", *options, stdout=out)
    return out.getvalue()


# ------------------------------------------------------------------ a link
def test_no_table_holds_the_token(mailoutbox: list[Any]) -> None:
    order = ready_order()
    send(order, Mail.YOUR_CODE)
    assert order.token in mailoutbox[0].body and opens(order.number, order.token)
    assert clear_traces_of(order.token) == []


def test_only_the_whole_token_opens_it() -> None:
    order, other = make_order(), make_order()
    for token in (order.token[:-1], order.token.swapcase(), other.token, order.token_hash, "x"):
        assert not opens(order.number, token)
    assert not opens("RC-XXXX-XXXX", order.token)


def test_a_corrected_address_gets_another_link_that_is_not_in_clear_either() -> None:
    order = make_order(status="placed")
    former = order.token
    assert correct_email(order, "anna@example.org")
    assert order.token != former and clear_traces_of(order.token, former) == []
    assert opens(order.number, order.token) and not opens(order.number, former)


def test_no_link_opens_an_anonymised_order() -> None:
    order = make_order(status="released")
    token = order.token
    assert anonymise_order(order, Order.objects.all())
    order.refresh_from_db()
    assert order.token == "" and not opens(order.number, token)


# ------------------------------------------------------------------ beside version 1.0
def test_version_1_and_this_one_open_each_others_links() -> None:
    order = of_version_1()
    assert opens(order.number, OLD_TOKEN)
    assert not opens(order.number, OLD_TOKEN[:-1])
    mine = make_order()
    assert in_clear(mine) == mine.token and opens(mine.number, mine.token)
    assert correct_email(of_version_1(status="placed"), "anna@example.org")
    assert "" not in Order.objects.values_list("token_clear", flat=True)


def test_where_version_1_corrects_an_address_its_link_counts() -> None:
    order = make_order()
    former = order.token
    Order.objects.filter(pk=order.pk).update(token_clear=OLD_TOKEN)
    assert opens(order.number, OLD_TOKEN) and not opens(order.number, former)


def test_an_anonymised_order_does_not_end_the_update() -> None:
    order = of_version_1(status="released")
    anonymise_order(order, Order.objects.all())
    assert in_clear(order) not in ("", OLD_TOKEN)
    assert in_clear(make_order()) != ""


def test_version_1_stores_an_order_without_the_new_columns() -> None:
    like = of_version_1()
    new = ("id", "token_hash", "token_encrypted")
    own = {"number": "'RC-AAAA-AAAA'", "form_key": "%s", "token": "'of-version-1'"}
    columns = [
        each.column for each in Order._meta.concrete_fields if each.column not in (*new, "id")
    ]
    values = ", ".join(own.get(column, column) for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO orders_order ({', '.join(columns)}) "  # noqa: S608
            f"SELECT {values} FROM orders_order WHERE id = %s",
            [uuid4().hex, like.pk],
        )
    assert opens("RC-AAAA-AAAA", "of-version-1")


# ------------------------------------------------------------------ the end of the update
def test_afterwards_no_link_is_in_clear_and_all_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orders.last_version.WINDOW", 2)
    orders = [of_version_1(f"{number}{OLD_TOKEN[1:]}") for number in range(5)]
    assert "5 links of orders are hashed and encrypted." in finish()
    assert clear_traces_of(OLD_TOKEN[1:]) == []
    for number, order in enumerate(orders):
        assert opens(order.number, f"{number}{OLD_TOKEN[1:]}")
    assert in_clear(make_order()) == ""
    assert "0 links of orders" in finish()


def test_links_come_back_for_the_way_back_to_version_1() -> None:
    order = of_version_1()
    finish()
    later = make_order()
    assert "2 links are in clear" in finish("--undo")
    assert (in_clear(order), in_clear(later)) == (OLD_TOKEN, later.token)
    assert in_clear(make_order()) != ""


def test_old_payments_hold_no_link_and_new_ones_lead_back() -> None:
    url = f"https://shop.example/orders/RC-VQNJ-CHWE/{OLD_TOKEN}/?session_id=x"
    old, new = (
        make_payment(
            make_order(), params={"mode": "payment", "success_url": url, "cancel_url": url}
        )
        for _ in range(2)
    )
    type(old).objects.filter(pk=old.pk).update(created_at="2026-11-01T10:00:00Z")
    assert "1 payments hold no link any more." in finish()
    old.refresh_from_db()
    new.refresh_from_db()
    assert old.params == {"mode": "payment"} and new.params["success_url"] == url


# ------------------------------------------------------------------ providers' answers
def test_equal_codes_look_different_in_each_order() -> None:
    stored = set()
    for order in (make_order(), make_order()):
        attempt = Attempt.begin(order, "supplier")
        attempt.end(Outcome.FOUND, code=CODE)
        stored |= {attempt.answer_encrypted, attempt.code_hash}
        assert not has_conflicting_answer(Attempt.of_this_order(order), CODE)
        assert has_conflicting_answer(Attempt.of_this_order(order), "9999")
    assert len(stored - {""}) == 2 and CODE not in stored


def test_an_answer_that_version_1_noted_is_compared_until_the_update_is_finished() -> None:
    order = make_order()
    attempt = Attempt.begin(order, "supplier")
    Attempt.objects.filter(pk=attempt.pk).update(code_hash=crypto.hash_value("code", CODE))
    assert has_conflicting_answer(Attempt.of_this_order(order), "9999")
    assert not has_conflicting_answer(Attempt.of_this_order(order), CODE)
    assert "1 hashes of codes are gone." in finish()
    assert not Attempt.objects.exclude(code_hash="").exists()
