"""The privacy page, the settings and the operator's guide say the same times."""

import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as shop_settings
from django.core.checks import run_checks
from django.test import Client

from guides.loading.legal import legal_values
from guides.models import LegalText
from orders.desk.label_photos import KEPT
from orders.privacy.published_periods import SETTINGS, period

ROOT = Path(shop_settings.BASE_DIR)
TABLE = (ROOT / "docs/operations.md").read_text().partition("## What is kept")[2]
SAYS = {
    "UNPAID_KEPT_DAYS": "An order that was never paid is deleted after {}.",
    "ORDERS_KEPT_DAYS": "A finished order loses everything about you after {}",
    "PROOF_KEPT_DAYS": "also beside what you agreed to, is deleted after {}.",
    "UPLOADS_KEPT_DAYS": "Photos are deleted after {}.",
    "EVENTS_KEPT_DAYS": "Stripe's messages about a payment are deleted after {}.",
    "BLOCKS_KEPT_DAYS": "the list of misused serial numbers and addresses is deleted after {}.",
    "STAFF_LOG_KEPT_DAYS": "is kept for {}; your address is not part of it.",
    "RECEIPTS_KEPT_YEARS": "Receipts and credit notes are kept for {}, counted",
    "BACKUPS_KEPT_DAYS": "Backups of all this are encrypted, and each is deleted after {}.",
}  # fmt: skip


@pytest.fixture
def loaded(db: None) -> None:
    file = ROOT / "guides/content/legal/privacy.md"
    LegalText.objects.create(**legal_values(file, file.read_text()))


def messages_of() -> list[str]:
    return [m.msg for m in run_checks(databases=["default"]) if m.id == "orders.W002"]


@pytest.mark.django_db
def test_the_page_says_the_times_of_the_settings(loaded: None, client: Client) -> None:
    page = unescape(client.get("/privacy/").content.decode())
    assert SAYS.keys() == set(SETTINGS)
    assert [name for name, words in SAYS.items() if words.format(period(name)) not in page] == []
    assert messages_of() == []


@pytest.mark.django_db
def test_a_setting_that_the_page_does_not_know_is_told(loaded: None, settings: Any) -> None:
    settings.PROOF_KEPT_DAYS = 200
    assert messages_of() == ["the page does not say 200 days, which is PROOF_KEPT_DAYS"]


@pytest.mark.django_db
def test_the_web_servers_log_is_told_of_on_both(loaded: None, client: Client) -> None:
    [row] = [row for row in TABLE.splitlines() if "`/etc/logrotate.d/nginx`" in row]
    [days] = re.findall(r"\d+ days", row)
    page = client.get("/privacy/").content.decode()
    assert f"keeps the same beside your network address, for {days}" in page


def test_every_time_of_the_settings_is_promised() -> None:
    source = (ROOT / "shop/settings.py").read_text()
    assert set(re.findall(r"^(\w+_KEPT_\w+) =", source, re.MULTILINE)) == set(SETTINGS)


@pytest.mark.parametrize("name", SETTINGS)
def test_the_operators_guide_says_the_same(name: str) -> None:
    rows = [row for row in TABLE.splitlines() if f"`{name}`" in row and row.startswith("|")]
    number, unit = period(name).split()
    assert any(re.search(rf"\b{number} (whole )?{unit}\b", row) for row in rows)


@pytest.mark.django_db
def test_photos_without_a_paid_order_are_on_both(loaded: None, client: Client) -> None:
    assert KEPT == timedelta(hours=1)
    page = unescape(client.get("/privacy/").content.decode())
    assert "Without a paid order it is deleted after an hour" in page
    [row] = [row for row in TABLE.splitlines() if "an order form that is not paid" in row]
    assert "| an hour |" in row
