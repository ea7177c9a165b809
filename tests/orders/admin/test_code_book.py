"""The code book in the admin: an entry is found by its serial, and its code shown on request."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from orders.models import CodeBookEntry
from tests.steps.factories import make_code_book_entry, make_radio, make_staff

pytestmark = pytest.mark.django_db

URL = "/admin/orders/codebookentry/"


def found(client: Client, text: str) -> list[CodeBookEntry]:
    page = client.get(URL, {"q": text}).content.decode()
    return [entry for entry in CodeBookEntry.objects.all() if f"{URL}{entry.pk}/change/" in page]


def test_a_whole_serial_finds_its_entry(admin_client: Client) -> None:
    entry = make_code_book_entry()
    make_code_book_entry("BP123456789013")
    assert found(admin_client, "bp1234 56789012") == [entry]
    page = admin_client.get(URL).content.decode()
    assert "BP12…9012" in page and entry.serial not in page
    assert "2 code book entries" in " ".join(page.split())


@pytest.mark.parametrize("text", ["BP12345678901", "tests", "4307", "%"])
def test_nothing_less_than_a_serial_finds_anything(admin_client: Client, text: str) -> None:
    make_code_book_entry()
    assert found(admin_client, text) == []


def test_a_serial_is_found_in_each_way_of_writing_it(admin_client: Client) -> None:
    make_radio(key="u", pattern=r"^U?\d{8}$", canonical_pattern=r"^U?(\d{8})$")
    entry = make_code_book_entry("12345678")
    assert found(admin_client, "U1234-5678") == found(admin_client, "12345678") == [entry]


def test_a_serial_is_found_while_keys_are_being_changed(
    admin_client: Client, settings: Any
) -> None:
    entry = make_code_book_entry()
    settings.HASH_KEYS = ["another-hash-key", *settings.HASH_KEYS]
    assert found(admin_client, entry.serial) == [entry]


def test_an_entrys_code_is_shown_on_request_and_logged(admin_client: Client) -> None:
    entry = make_code_book_entry(code="8642")
    page = f"{URL}{entry.pk}/"
    assert "8642" not in admin_client.get(f"{page}change/").content.decode()
    assert "8642" in admin_client.post(f"{page}code/").content.decode()
    assert LogEntry.objects.get().get_change_message() == "Looked at the code."


def test_an_entrys_code_takes_the_permission(client: Client) -> None:
    entry = make_code_book_entry()
    client.force_login(make_staff("vera", "view_codebookentry"))
    assert client.post(f"{URL}{entry.pk}/code/").status_code == 403
