"""The supplier of codes: what is asked, and what becomes of everything it may answer."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from orders.models import Alert, Attempt, Order, Radio
from orders.radio_files import CONTENT, read_radios
from orders.retrieval import pelock
from orders.retrieval.availability import promise
from orders.retrieval.pelock import NoAnswerError
from orders.serials.supplier_models import SupplierModel, is_taken
from orders.tasks import retrieve_code
from sandbox.supplier import SupplierStandIn
from sandbox.supplier.radios import FORBIDDEN, MODELS
from tests.servers import free_port
from tests.steps.attention import open_reasons
from tests.steps.factories import make_brand, make_order, make_radio, make_supplied_radio

pytestmark = pytest.mark.django_db

SERIAL = "K482"
CODE = MODELS["renault-dacia"].made_up_code(SERIAL)


def retrieved(serial: str = SERIAL, radio: Radio | None = None, **values: Any) -> Order:
    """A placed order after its task has run once."""
    radio = radio or make_supplied_radio()
    order = make_order(status="placed", radio=radio, serial=serial, **values)
    retrieve_code(order.pk)
    order.refresh_from_db()
    return order


def attempt() -> Attempt:
    return Attempt.objects.get(source="supplier")


@pytest.mark.also_on_sqlite
def test_it_has_the_code_at_once(supplier: SupplierStandIn) -> None:
    order = retrieved()
    assert (order.status, order.codes.get().digits) == ("found", CODE)
    assert (order.codes.get().source, attempt().outcome) == ("supplier", "found")


def test_the_code_book_is_asked_before_it(supplier: SupplierStandIn) -> None:
    make_order(status="placed")
    retrieved()
    assert list(Attempt.objects.values_list("source", flat=True)) == [
        "answered_before", "code_book", "supplier",
    ]  # fmt: skip


@pytest.mark.parametrize("serial", ["M123456", "M0123456"])
def test_it_is_asked_without_fords_letter(supplier: SupplierStandIn, serial: str) -> None:
    ford = make_radio(
        brand=make_brand(slug="ford", name="Ford"), key="m", pattern=r"^M0?\d{6}$", example=serial,
        canonical_pattern=r"^(M)0?(\d{6})$", supplier_pattern=r"^M(\d{6})$",
        sources=["supplier"], supplier_model="ford-m-series",
    )  # fmt: skip
    retrieved(serial, ford)
    asked = supplier.asked[-1]
    assert (asked.model, asked.serial) == ("ford-m-series", "123456")


def test_without_a_key_it_is_off_and_nothing_else_is_promised(
    supplier: SupplierStandIn, settings: Any
) -> None:
    assert "usually comes within seconds" in promise([make_supplied_radio()])
    settings.PELOCK_API_KEY = ""
    order = retrieved()
    assert (order.status, supplier.asked) == ("with_staff", [])
    assert "within seconds" not in promise([order.radio])


# ------------------------------------------------------------------ no answer (row 24)
@pytest.mark.parametrize(
    ("kind", "seconds", "why"),
    [
        ("slow", 60, "ReadTimeout"),
        ("down", 0, "RemoteProtocolError"),
        ("429", 0, "HTTP 429"),
        ("429_no_year", 0, "HTTP 429"),
        ("500", 0, "HTTP 500"),
    ],
)
def test_what_gives_no_answer_is_asked_again_later(
    supplier: SupplierStandIn, settings: Any, kind: str, seconds: float, why: str
) -> None:
    supplier.fail(kind, times=None, seconds=seconds)
    if kind == "slow":
        settings.SUPPLIER_READ_LASTS = timedelta(seconds=0.3)
    order = retrieved()
    assert (order.status, attempt().outcome, attempt().note) == ("placed", "later", why)
    assert order.due_at and order.due_at < timezone.now() + timedelta(minutes=1)


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
def test_nobody_there_is_asked_again_later(
    supplier: SupplierStandIn, settings: Any, host: str
) -> None:
    settings.PELOCK_API_URL = f"http://{host}:{free_port()}/v1"
    assert (retrieved().status, attempt().note) == ("placed", "ConnectError")


@contextmanager
def dripping_headers() -> Iterator[str]:
    """A server whose answer never comes to the end of its headers."""
    ended = threading.Event()

    def serve(listener: socket.socket) -> None:
        connection = listener.accept()[0]
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while not ended.wait(0.05):
                try:
                    connection.sendall(b"X")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        ended.set()
        thread.join(5)


def test_headers_that_drip_cannot_outlast_the_deadline(
    supplier: SupplierStandIn, settings: Any
) -> None:
    settings.SUPPLIER_LASTS = timedelta(seconds=1)
    with dripping_headers() as settings.PELOCK_API_URL:
        order = retrieved()
    assert (order.status, attempt().note) == ("placed", "no whole answer within 1 s")


def test_an_answer_that_drips_cannot_outlast_the_deadline(
    supplier: SupplierStandIn, settings: Any
) -> None:
    settings.SUPPLIER_LASTS = timedelta(seconds=1)
    supplier.fail("drip", times=None, seconds=1)
    order = retrieved()
    assert (order.status, attempt().note) == ("placed", "no whole answer within 1 s")


def test_nobody_waits_for_a_name_server_that_is_silent(
    supplier: SupplierStandIn, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PELOCK_API_URL = "http://supplier.example/v1"
    monkeypatch.setattr("orders.retrieval.pelock.CONNECT_TIMEOUT", 0.3)
    is_over = threading.Event()
    waited: list[bool] = []

    def silent(*_: Any, **__: Any) -> None:
        waited.append(is_over.wait(60))
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    with pytest.raises(NoAnswerError, match="ConnectTimeout"):
        pelock.ask("login")
    assert waited == []  # all of them are waiting still
    is_over.set()


@pytest.mark.parametrize("kind", ["500", "down", "slow"])
def test_passing_trouble_is_made_up_for_at_once(
    supplier: SupplierStandIn, settings: Any, kind: str
) -> None:
    supplier.fail(kind, seconds=60)
    settings.SUPPLIER_READ_LASTS = timedelta(seconds=1)
    assert retrieved().status == "found"
    assert len(supplier.asked) == 2


def test_it_waits_as_long_as_it_is_asked_to(supplier: SupplierStandIn) -> None:
    supplier.fail("429", seconds=300)
    order = retrieved()
    assert order.due_at is not None
    assert 290 < (order.due_at - timezone.now()).total_seconds() <= 300
    assert len(supplier.asked) == 1


@pytest.mark.parametrize("values", [{}, {"placed_at": timezone.now() - timedelta(minutes=14.9)}])
def test_who_would_wait_too_long_gets_a_person(
    supplier: SupplierStandIn, values: dict[str, Any]
) -> None:
    supplier.fail("429", seconds=300 if values else 3600)
    assert retrieved(**values).status == "with_staff"


# ------------------------------------------------------------------ nonsense (row 25)
@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("html", "no JSON"),
        ("cut", "no JSON"),
        ("huge", "more than 64 KiB"),
        ("redirect", "HTTP 302"),
        ("number", "an answer without a code"),
        ("wrong_length", "a code of the wrong shape"),
        ("wrong_alphabet", "a code of the wrong shape"),
        ("placeholder", "a placeholder instead of a code"),
    ],
)
def test_nonsense_is_never_delivered(supplier: SupplierStandIn, kind: str, why: str) -> None:
    supplier.fail(kind)
    order = retrieved()
    assert (order.status, order.codes.count()) == ("with_staff", 0)
    assert (attempt().outcome, attempt().note) == ("broken", why)
    assert (open_reasons(order) == ["bad_code"]) == (why.startswith("a "))


def test_a_radio_may_have_zeros_for_a_code(supplier: SupplierStandIn) -> None:
    supplier.fail("placeholder")
    assert retrieved(radio=make_supplied_radio(placeholders=[])).codes.get().digits == "0000"


def test_a_person_looks_though_the_radio_has_no_desk(supplier: SupplierStandIn) -> None:
    supplier.fail("html")
    assert retrieved(radio=make_supplied_radio(sources=["supplier"])).status == "with_staff"


# ------------------------------------------------------------------ licence (row 26)
def test_without_a_licence_nobody_asks_any_more_and_staff_are_told_once(
    supplier: SupplierStandIn,
) -> None:
    supplier.fail("licence", times=None)
    statuses = {retrieved(serial).status for serial in ("K482", "K483", "K484")}
    assert statuses == {"with_staff"}
    assert len(supplier.asked) == 1
    alert = Alert.objects.get()
    assert (alert.kind, alert.key) == ("supplier", "supplier:licence")
    assert "error 100" in alert.text


# ------------------------------------------------------------------ not supported (row 27)
def test_a_serial_that_it_does_not_know_is_final(supplier: SupplierStandIn) -> None:
    order = retrieved("K999")
    assert (order.status, attempt().outcome, attempt().note) == ("with_staff", "unknown", "error 6")
    assert len(supplier.asked) == 1


def test_a_serial_of_another_shape_is_not_asked_for(supplier: SupplierStandIn) -> None:
    order = retrieved("281112345RT1A123")
    assert (order.status, supplier.asked) == ("with_staff", [])


# ------------------------------------------------------------------ what must never be asked for
def test_the_immobilisers_pin_is_never_asked_for(supplier: SupplierStandIn) -> None:
    radio = make_supplied_radio(supplier_model=FORBIDDEN, pattern=r"^[A-Z]{3}\d{9}$")
    order = retrieved("ABC123456789", radio)
    assert (order.status, supplier.asked) == ("with_staff", [])
    assert FORBIDDEN not in SupplierModel.values


def test_the_shops_radios_ask_for_models_that_take_their_serials() -> None:
    entries = [entry for file in read_radios([CONTENT]) for entry in file.content.radios]
    supplied = [entry for entry in entries if "supplier" in entry.sources]
    models = {entry.supplier_model for entry in supplied}
    assert models == set(SupplierModel) - {SupplierModel.ECLIPSE_ESN}
    for entry in supplied:
        radio = Radio(**entry.model_dump(include={"canonical_pattern", "supplier_pattern"}))
        serial = radio.serial_for_supplier(entry.example)
        assert entry.supplier_model and is_taken(entry.supplier_model, serial or "")


def test_an_erc_is_answered_with_eight_characters(supplier: SupplierStandIn) -> None:
    radio = make_supplied_radio(
        pattern=r"^[0-9A-Z]{16}$", supplier_model="toyota-erc", code_pattern=r"^[0-9A-F]{8}$"
    )
    order = retrieved("ABCD1234EFGH5678", radio)
    code = MODELS["toyota-erc"].made_up_code("ABCD1234EFGH5678")
    assert (len(code), order.codes.get().digits) == (8, code)


def test_our_shapes_are_the_suppliers_own() -> None:
    for model in SupplierModel:
        real = MODELS[model.value]
        for serial in ("A123", "1234", "12A4", "123456", "1234567", "12A456", "12345", "A" * 16,
                       "T00XX12345" + "1234", "T00XX1234512A4", ""):  # fmt: skip
            assert is_taken(model, serial) == (real.fits(serial) and len(serial) == real.length)


def test_no_log_holds_key_serial_or_code(
    supplier: SupplierStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for kind in ("html", "down", "wrong_alphabet", "licence"):
        supplier.fail(kind)
        retrieved()
    for secret in (supplier.api_key, SERIAL, CODE):
        assert secret not in caplog.text
