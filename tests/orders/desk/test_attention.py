"""Each reason to look at an order is a row of its own, and what it holds waits for it."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db.models import Q
from django.utils import timezone

from orders.desk import holds
from orders.desk.holds import adopt_attention, put_on_hold, release_hold
from orders.models import History, Order
from orders.privacy.retention import closed_orders
from tests.steps.attention import open_reasons, settle
from tests.steps.factories import make_order, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.also_on_sqlite]


def columns(order: Order) -> tuple[str, str]:
    """What a process of the last version sees."""
    order.refresh_from_db()
    return order.on_hold_reason, order.attention_reason


def test_two_reasons_coexist_and_settling_one_leaves_the_other() -> None:
    order = make_order(status="delivered")
    order.needs_attention("refund_failed")
    order.needs_attention("mail")
    assert open_reasons(order) == ["refund_failed", "mail"]
    settle(order, "mail")
    assert open_reasons(order) == ["refund_failed"]
    assert not closed_orders().exists()
    settle(order, "refund_failed")
    assert closed_orders().get() == order


def test_an_open_reason_is_neither_doubled_nor_noted_again() -> None:
    order = make_order()
    for reason in ("tries", "mail", "tries", "mail"):
        order.needs_attention(reason)
    assert list(order.history.values_list("note", flat=True)) == ["tries", "mail"]


def test_a_reason_that_was_settled_opens_anew() -> None:
    order = make_order()
    for _ in range(2):
        order.needs_attention("mail")
        settle(order)
    assert order.attentions.count() == 2


def test_a_reason_is_settled_once() -> None:
    order = make_order()
    order.needs_attention("mail")
    row, vera = order.attentions.get(), make_staff()
    assert [holds.settle(row, vera) for _ in range(2)] == [True, False]


# ------------------------------------------------------------------ what holds the order
def test_it_stays_on_hold_until_each_reason_that_holds_it_is_settled() -> None:
    order = make_order(status="placed")
    put_on_hold(order, "blocked")
    since = order.on_hold_at
    order.needs_attention("mail")
    put_on_hold(order, "fraud")
    settle(order, "blocked")
    assert (order.on_hold_reason, order.on_hold_at) == ("fraud", since)
    settle(order, "fraud")
    assert not order.is_on_hold
    assert open_reasons(order) == ["mail"]


def test_a_hold_that_is_over_leaves_the_others() -> None:
    order = make_order(status="ready")
    put_on_hold(order, "dispute")
    put_on_hold(order, "blocked")
    order.needs_attention("fraud")
    release_hold(order, "dispute")
    assert (order.on_hold_reason, open_reasons(order)) == ("blocked", ["blocked", "fraud"])


def test_refused_an_order_keeps_reasons_that_held_nothing() -> None:
    order = make_order(status="placed")
    put_on_hold(order, "blocked")
    order.needs_attention("refund_failed")
    order.refresh_from_db()
    assert holds.refuse(order, make_staff(), Q())
    assert (order.status, order.is_on_hold) == ("ending", False)
    assert open_reasons(order) == ["refund_failed"]


# ------------------------------------------------------------------ beside the last version
def written_by_the_last_version(order: Order, reason: str, **values: object) -> None:
    """It knows the columns alone, and overwrites one reason with the next."""
    Order.objects.filter(pk=order.pk).update(
        attention_reason=reason, attention_at=timezone.now(), **values
    )
    History.objects.create(
        order=order, subject="order", subject_id=order.pk, move="attention", status=order.status,
        note=reason,
    )  # fmt: skip


def settled_by_the_last_version(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(
        attention_reason="", attention_at=None, on_hold_reason="", on_hold_at=None
    )


def test_the_last_version_sees_the_newest_open_reason() -> None:
    order = make_order(status="placed")
    put_on_hold(order, "blocked")
    order.needs_attention("mail")
    assert columns(order) == ("blocked", "mail")
    settle(order, "mail")
    assert columns(order) == ("blocked", "blocked")
    settle(order, "blocked")
    assert columns(order) == ("", "")


def test_the_migration_makes_a_row_of_each_open_reason() -> None:
    migration = import_module("orders.migrations.0014_attention_by_reason")
    at = timezone.now()
    hidden = make_order(on_hold_reason="fraud", on_hold_at=at, attention_reason="mail")
    alone = make_order(attention_reason="refund_failed", attention_at=at)
    waiting = make_order(
        on_hold_reason="blocked", on_hold_at=at, attention_reason="blocked", attention_at=at
    )
    unknown = make_order(on_hold_reason="of long ago", on_hold_at=at)
    fine = make_order()
    migration.copy_open_reasons(apps, None)
    assert open_reasons(hidden) == ["fraud", "mail"]
    assert open_reasons(alone) == ["refund_failed"]
    assert open_reasons(waiting) == ["blocked"]
    assert open_reasons(unknown) == open_reasons(fine) == []
    assert alone.attentions.get().opened_at == at
    assert [row.holds_order for order in (hidden, waiting) for row in order.attentions.all()] == [
        True, False, True
    ]  # fmt: skip


def test_a_reason_that_the_last_version_wrote_is_adopted() -> None:
    order = make_order(status="delivered")
    order.needs_attention("mail")
    written_by_the_last_version(order, "refund_failed")
    adopt_attention()
    assert open_reasons(order) == ["mail", "refund_failed"]


def test_it_is_adopted_before_another_reason_takes_its_place() -> None:
    order = make_order(status="delivered")
    written_by_the_last_version(order, "refund_failed")
    order.needs_attention("mail")
    assert open_reasons(order) == ["refund_failed", "mail"]


def test_a_hold_of_the_last_version_is_adopted_though_another_reason_hides_it() -> None:
    order = make_order(status="placed")
    hold = {"on_hold_reason": "fraud", "on_hold_at": timezone.now()}
    written_by_the_last_version(order, "fraud", **hold)
    written_by_the_last_version(order, "mail")
    adopt_attention()
    assert sorted(open_reasons(order)) == ["fraud", "mail"]
    settle(order, "mail")
    assert order.is_on_hold
    settle(order, "fraud")
    assert not order.is_on_hold


def test_what_the_last_version_settled_is_settled() -> None:
    order = make_order(status="delivered")
    order.needs_attention("refund_failed")
    order.needs_attention("mail")
    settled_by_the_last_version(order)
    adopt_attention()
    assert open_reasons(order) == ["refund_failed"]
    assert columns(order) == ("", "refund_failed")


def test_a_hold_that_the_last_version_let_go_is_settled() -> None:
    order = make_order(status="placed")
    put_on_hold(order, "fraud")
    settled_by_the_last_version(order)
    adopt_attention()
    assert open_reasons(order) == []
    assert columns(order) == ("", "")


def test_what_the_last_version_did_not_show_stays_open() -> None:
    order = make_order(status="delivered")
    order.needs_attention("refund_failed")
    written_by_the_last_version(order, "mail")
    settled_by_the_last_version(order)
    adopt_attention()
    assert open_reasons(order) == ["refund_failed"]
    assert columns(order) == ("", "refund_failed")


def test_an_order_that_the_last_version_let_go_is_not_held_again() -> None:
    order = make_order(status="placed")
    put_on_hold(order, "fraud")
    settled_by_the_last_version(order)
    order.needs_attention("mail")
    settle(order, "mail")
    assert not order.is_on_hold
