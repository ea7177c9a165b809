"""The number is taken out of whatever was typed around it."""

import pytest

from orders.lib.typed_number import order_number, receipt_number

TYPED = [
    "RC-VPRA-GH7V", "#RC-VPRA-GH7V", "Order RC-VPRA-GH7V", "(RC-VPRA-GH7V)", "RC-VPRA-GH7V.",
    "rc vpra gh7v", "rcvpragh7v", "VPRA-GH7V", "vpra gh7v", "my order: vpra–gh7v!", "RC‑VPRA‑GH7V",
    "\u200eRC-VPRA-GH7V\u200e", "ＲＣ－ＶＰＲＡ－ＧＨ７Ｖ", "Nr.RC-VPRA-GH7V", "R.C. VPRA GH7V",
    "Your Nissan radio code (RC-VPRA-GH7V)", "RC_VPRA_GH7V", "RC-VPRA-GH7VRC-VPRA-GH7V",
    "RC-VPRA-\nGH7V",
    "https://shop.example.com/orders/RC-VPRA-GH7V/abcd3467EFGH/email/",
]  # fmt: skip
NONE = [
    "", "RC", "anna@example.com", "my order", "RC-VPRA", "RC-VPRA-GH7VX", "BP610342718805", "4307",
    "R-000123", "HARD WARE FACT", "VPRA-GH0V", "x" * 10_000_000,
]  # fmt: skip


@pytest.mark.parametrize("typed", TYPED)
def test_the_order_number_in_what_was_typed(typed: str) -> None:
    assert order_number(typed) == "RC-VPRA-GH7V"


@pytest.mark.parametrize("typed", NONE, ids=range(len(NONE)))
def test_what_has_no_number(typed: str) -> None:
    assert order_number(typed) == ""


@pytest.mark.parametrize(("typed", "found"), [
    ("R-000123", ("R", 123)), ("(r-000123).", ("R", 123)), ("Receipt C‑7", ("C", 7)),
    ("RC-1234-5678", None), ("R-1234567890", None), ("XR-000123", None), ("123", None),
])  # fmt: skip
def test_the_receipts_number_in_what_was_typed(typed: str, found: object) -> None:
    assert receipt_number(typed) == found
