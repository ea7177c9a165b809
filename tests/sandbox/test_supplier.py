"""The supplier's stand-in: its API in the supplier's own words, its faults, its page."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.supplier import SupplierStandIn
from sandbox.supplier.faults import KINDS
from sandbox.supplier.radios import FORBIDDEN, MODELS


@pytest.fixture
def supplier() -> Iterator[SupplierStandIn]:
    with SupplierStandIn() as running:
        yield running


def post(supplier: SupplierStandIn, **form: str) -> httpx.Response:
    return httpx.post(supplier.url, data={"key": supplier.api_key} | form, timeout=3)


def ask(supplier: SupplierStandIn, **form: str) -> Any:
    return post(supplier, **form).json()


def calc(supplier: SupplierStandIn, serial: str = "A123", model: str = "renault-dacia") -> Any:
    return ask(supplier, command="calc", radio_model=model, serial=serial, extra="")


def test_a_serial_has_the_same_code_always_and_after_a_restart(supplier: SupplierStandIn) -> None:
    first = calc(supplier)
    assert (first["error"], len(first["code"])) == (0, 4)
    with SupplierStandIn() as another:
        assert calc(another) == calc(supplier) == first
    assert calc(supplier, "B123") != first


def test_its_codes_are_true_where_they_are_computed(supplier: SupplierStandIn) -> None:
    assert calc(supplier, "O818")["code"] == "1126"
    assert calc(supplier, "140687", "ford-m-series")["code"] == "8593"


def test_its_codes_look_like_codes() -> None:
    codes = {MODELS["fiat-vp"].made_up_code(f"A{n:03}") for n in range(1000)}
    assert all(len(code) == 4 and code.isdecimal() and code != "0000" for code in codes)
    assert len(codes) > 900


@pytest.mark.parametrize(
    ("serial", "model", "error"),
    [
        ("A12", "renault-dacia", 4),
        ("1234", "renault-dacia", 5),
        ("A999", "renault-dacia", 6),
        ("M123456", "ford-m-series", 4),
    ],
)
def test_it_refuses_serials_as_the_supplier_does(
    supplier: SupplierStandIn, serial: str, model: str, error: int
) -> None:
    assert calc(supplier, serial, model)["error"] == error


def test_it_lists_its_models_and_tells_of_one(supplier: SupplierStandIn) -> None:
    listed = ask(supplier, command="list")["supportedRadioModels"]
    assert len(listed) == 14
    answer = ask(supplier, command="info", radio_model="ford-m-series")
    assert (answer["serialMaxLen"], answer["serialRegexPattern"]["python"]) == (6, "^([0-9]{6})$")


def test_it_tells_the_licence(supplier: SupplierStandIn) -> None:
    licence = ask(supplier, command="login")["license"]
    assert set(licence) == {"activationStatus", "userName", "type", "expirationDate"}
    supplier.licensed(days=-1, is_active=False)
    assert ask(supplier, command="login")["license"]["activationStatus"] is False
    assert calc(supplier)["error"] == 100


def test_it_refuses_a_wrong_key(supplier: SupplierStandIn) -> None:
    assert ask(supplier, command="calc", key="WRONG")["error"] == 100


def test_it_notes_what_no_shop_should_ask(supplier: SupplierStandIn) -> None:
    assert calc(supplier, "ABC123456789", FORBIDDEN)["error"] == 3
    httpx.get(supplier.url, params={"key": supplier.api_key})
    ask(supplier, command="crack")
    assert len(supplier.misuses) == 3


@pytest.mark.parametrize(
    ("kind", "code"),
    [("wrong_length", 5), ("wrong_alphabet", 4), ("placeholder", 4), ("other_code", 4)],
)
def test_it_spoils_one_code_when_told(supplier: SupplierStandIn, kind: str, code: int) -> None:
    right = calc(supplier)
    supplier.fail(kind)
    spoilt = calc(supplier)
    assert (spoilt != right, len(spoilt["code"])) == (True, code)
    assert calc(supplier) == right


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("429", 429, "Too many"),
        ("500", 500, "Server Error"),
        ("html", 200, "<!DOCTYPE"),
        ("cut", 200, '{"err'),
        ("redirect", 302, ""),
    ],
)
def test_it_fails_when_told(supplier: SupplierStandIn, kind: str, status: int, words: str) -> None:
    supplier.fail(kind, seconds=7)
    answer = post(supplier, command="login")
    assert answer.status_code == status
    assert words in answer.text
    assert answer.headers.get("Retry-After") == ("7" if kind == "429" else None)


def test_it_hangs_up_drips_and_sends_too_much_when_told(supplier: SupplierStandIn) -> None:
    supplier.fail("down")
    with pytest.raises(httpx.RemoteProtocolError):
        post(supplier, command="login")
    supplier.fail("drip", seconds=0.001)
    assert ask(supplier, command="login")["error"] == 0
    supplier.fail("huge")
    assert len(post(supplier, command="login").content) > 1_000_000


def test_it_is_told_over_http(supplier: SupplierStandIn) -> None:
    control = f"{supplier.page}/_control/"
    answer = httpx.post(control + "fail", json={"kind": "500", "times": None})
    assert (answer.status_code, post(supplier, command="login").status_code) == (200, 500)
    httpx.post(control + "heal", json={})
    assert post(supplier, command="login").status_code == 200
    assert httpx.post(control + "fail", json={"kind": "fire"}).status_code == 400
    assert [each["became"] for each in httpx.get(control + "asked").json()["asked"]] == [
        "500", "answered",
    ]  # fmt: skip


def test_its_page_masks_serials_and_has_a_button_for_each_fault(supplier: SupplierStandIn) -> None:
    calc(supplier, "K482")
    page = httpx.get(supplier.page).text
    assert "K•••" in page and "K482" not in page
    assert all(words in page for words in KINDS.values())
    httpx.post(f"{supplier.page}/act", data={"kind": "html", "stays": "1"})
    assert "until healed" in httpx.get(supplier.page).text
    httpx.post(f"{supplier.page}/act", data={})
    httpx.post(f"{supplier.page}/act", data={"licence": "ended"})
    assert calc(supplier)["error"] == 100


def test_another_sites_page_cannot_press_its_buttons(supplier: SupplierStandIn) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = httpx.post(f"{supplier.page}/act", data={"kind": "html"}, headers=headers)
    assert (answer.status_code, supplier.faults.waiting) == (403, [])
