"""The supplier's licence: asked for once a day, shown to staff, with an alert before it ends."""

from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from orders.models import Alert, Licence
from orders.retrieval.answers import Broken
from orders.retrieval.supplier import CIRCUIT
from orders.tasks import sweep_here
from sandbox.supplier import SupplierStandIn
from tests.servers import free_port
from tests.steps.factories import make_staff

pytestmark = pytest.mark.django_db


def printed() -> str:
    out = StringIO()
    call_command("check_licence", stdout=out)
    return out.getvalue().strip()


def logins(supplier: SupplierStandIn) -> int:
    return [asked.command for asked in supplier.asked].count("login")


def a_day_later() -> None:
    Licence.objects.update(checked_at=timezone.now() - timedelta(days=1, minutes=1))


@pytest.mark.also_on_sqlite
def test_the_sweep_asks_once_a_day(supplier: SupplierStandIn) -> None:
    for _ in range(3):
        sweep_here()
    assert logins(supplier) == 1
    a_day_later()
    sweep_here()
    assert logins(supplier) == 2


def test_without_a_key_nobody_asks(supplier: SupplierStandIn, settings: Any) -> None:
    settings.PELOCK_API_KEY = ""
    sweep_here()
    assert (supplier.asked, Licence.objects.count()) == ([], 0)
    with pytest.raises(CommandError, match="PELOCK_API_KEY is not set"):
        printed()


def test_the_command_prints_state_kind_and_end(supplier: SupplierStandIn) -> None:
    supplier.licensed(days=100)
    assert printed() == f"active, company, ends on {date.today() + timedelta(days=100)}"


def test_the_command_says_that_nobody_answers(supplier: SupplierStandIn, settings: Any) -> None:
    settings.PELOCK_API_URL = f"http://127.0.0.1:{free_port()}/v1"
    with pytest.raises(CommandError, match="does not answer: ConnectError"):
        printed()


@pytest.mark.parametrize(("days", "told"), [(31, 0), (30, 1), (8, 1), (7, 1), (0, 1)])
def test_staff_are_told_before_it_ends(supplier: SupplierStandIn, days: int, told: int) -> None:
    supplier.licensed(days=days)
    printed()
    printed()
    assert Alert.objects.count() == told


def test_what_somebody_settled_is_not_told_every_day(supplier: SupplierStandIn) -> None:
    supplier.licensed(days=20)
    printed()
    Alert.objects.update(settled_at=timezone.now())
    printed()
    assert Alert.objects.count() == 1


def test_a_week_before_the_end_staff_are_told_again(supplier: SupplierStandIn) -> None:
    supplier.licensed(days=7)
    ends_on = date.today() + timedelta(days=7)
    Alert.objects.create(
        kind="supplier", key=f"licence:{ends_on}:30", text="told then", settled_at=timezone.now()
    )
    printed()
    assert Alert.objects.get(settled_at=None).key == f"licence:{ends_on}:7"


@pytest.mark.parametrize("how", ["inactive", "refused"])
def test_staff_are_told_that_it_ended(supplier: SupplierStandIn, how: str) -> None:
    supplier.licensed(days=-1, is_active=False) if how == "inactive" else supplier.fail("licence")
    assert printed().startswith("ended or refused")
    assert Alert.objects.get().key == "supplier:licence"


def test_the_supplier_is_asked_again_at_once_when_the_licence_was_renewed(
    supplier: SupplierStandIn,
) -> None:
    CIRCUIT.record(Broken("the licence has ended", for_all=True))
    supplier.licensed(days=-1, is_active=False)
    printed()
    assert CIRCUIT.is_closed() is False
    supplier.licensed(days=365)
    printed()
    assert CIRCUIT.is_closed() is True


@pytest.mark.parametrize("kind", ["html", "cut", "huge"])
def test_nonsense_is_told_and_asked_again_later(supplier: SupplierStandIn, kind: str) -> None:
    supplier.fail(kind, times=None)
    sweep_here()
    licence = Licence.objects.get()
    assert (licence.status, licence.checked_at) == ("unknown", None)
    assert licence.trouble and licence.due_at
    assert licence.due_at > timezone.now() + timedelta(seconds=10)
    assert Alert.objects.get().kind == "supplier"


def test_staff_read_it_on_the_admins_first_page(supplier: SupplierStandIn, client: Client) -> None:
    supplier.licensed(days=100)
    printed()
    client.force_login(make_staff("vera", "view_order"))
    page = client.get("/admin/").content.decode()
    assert "Licence with the supplier of codes: active, company, ends on" in page
    assert "in 100 days" in page


def test_who_may_not_see_orders_does_not_see_it(supplier: SupplierStandIn, client: Client) -> None:
    client.force_login(make_staff("otto"))
    assert "Licence with the supplier" not in client.get("/admin/").content.decode()
