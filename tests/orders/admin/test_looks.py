"""Every look at an unlock code is logged, with the name of who looked."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.test import Client

from orders.models import CodeBookEntry, Order
from tests.steps.factories import (
    CODE,
    make_code,
    make_code_book_entry,
    make_order,
    make_payment,
    make_staff,
)
from tests.steps.families import MICRA, MICRA_CODE, make_family, make_micra_radio
from tests.steps.problems import report, sold_order

pytestmark = pytest.mark.django_db

ORDERS = "/admin/orders/order"


def order_page(client: Client) -> tuple[Any, object]:
    order = make_order(status="delivered")
    make_code(order)
    return client.post(f"{ORDERS}/{order.pk}/code/"), order


def entry_of_the_book(client: Client) -> tuple[Any, object]:
    entry = make_code_book_entry()
    return client.post(f"/admin/orders/codebookentry/{entry.pk}/code/"), entry


def known_code_at_the_desk(client: Client) -> tuple[Any, object]:
    make_code_book_entry()
    order = make_order(status="with_staff")
    return client.get(f"{ORDERS}/{order.pk}/desk/"), order


def known_code_after_a_refused_answer(client: Client) -> tuple[Any, object]:
    _page, order = known_code_at_the_desk(client)
    LogEntry.objects.all().delete()
    return client.post(f"{ORDERS}/{order.pk}/desk/", {"code": "1"}), order  # type: ignore[attr-defined]


def computed_code_that_a_colleague_asked_for(client: Client) -> tuple[Any, object]:
    make_family()
    order = make_order(radio=make_micra_radio(), serial=MICRA, status="with_staff")
    order.write_history("suggest", "", by=make_staff("otto"))
    return client.get(f"{ORDERS}/{order.pk}/desk/"), order


def problem(client: Client) -> tuple[Any, object]:
    order = sold_order()
    report(order)
    return client.get(f"{ORDERS}/{order.pk}/problem/"), order


def copy_for_the_customer(client: Client) -> tuple[Any, object]:
    order = make_order(status="delivered")
    make_payment(order, status="captured", amount_captured=order.price)
    make_code(order)
    sent = {"email": order.email, "copy": ""}
    return client.post("/admin/orders/datarequest/person/", sent), order


PLACES = [
    order_page, entry_of_the_book, known_code_at_the_desk, known_code_after_a_refused_answer,
    computed_code_that_a_colleague_asked_for, problem, copy_for_the_customer,
]  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_a_look_at_a_code_is_logged_with_the_name(client: Client, place: Any) -> None:
    rights = ["view_order", "view_code", "enter_code", "view_codebookentry", "export_person"]
    client.force_login(make_staff("lea", *rights))
    response, row = place(client)
    assert re.search(f"{CODE}|{MICRA_CODE}", response.content.decode())
    assert isinstance(row, Order | CodeBookEntry)
    entry = LogEntry.objects.get(user__username="lea")
    assert (entry.object_id, entry.content_type.model) == (str(row.pk), row._meta.model_name)
    assert "Looked at" in entry.get_change_message()


# Files of the admin that read codes. A new one needs its page in PLACES; those that show
# only what staff have just typed need no log.
READ_CODES = {
    "code_book.py", "order.py", "desk/forms.py", "desk/problem_forms.py", "desk/page.py",
    "desk/problem.py", "desk/bulk_codes.py",
}  # fmt: skip


def test_no_other_module_of_the_admin_reads_codes() -> None:
    folder = Path(settings.BASE_DIR / "orders/admin")
    reads = re.compile(r"\.digits\b|entry\.code\b|known_codes\(|suggested_code\(|near_codes\(")
    found = {
        str(path.relative_to(folder))
        for path in folder.rglob("*.py")
        if reads.search(path.read_text())
    }
    assert found <= READ_CODES
