"""A guide as it will look, for staff only."""

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from guides.models import Guide
from tests.steps.guide_pages import url

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("acme"),
]


def make_staff(client: Client, *permissions: str) -> None:
    user = User.objects.create_user("reader", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)


def test_an_unpublished_guide_is_shown_to_staff(staff: Client) -> None:
    Guide.objects.update(is_published=False)
    page = staff.get(url("preview")).content.decode()
    assert "Preview" in page
    assert "This page is not published." in page
    assert "It waits." in page


def test_a_preview_writes_nothing(staff: Client) -> None:
    address = url("preview")
    with CaptureQueriesContext(connection) as queries:
        staff.get(address)
    asked = [query["sql"] for query in queries if "guides_" in query["sql"]]
    assert asked and all(sql.startswith(("SELECT", "(SELECT")) for sql in asked)
    assert not [sql for sql in asked if "FOR UPDATE" in sql or "FOR NO KEY" in sql]


def test_a_brands_page_has_a_preview_too(staff: Client) -> None:
    brands = Guide.objects.get(key="acme")
    page = staff.get(f"/admin/guides/guide/{brands.pk}/preview/").content.decode()
    assert "Which Acme is it?" in page


def test_a_preview_is_neither_kept_nor_found(staff: Client) -> None:
    answer = staff.get(url("preview"))
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in answer.content.decode()


def test_a_preview_needs_the_right_to_see_guides(client: Client) -> None:
    make_staff(client, "view_brand")
    assert client.get(url("preview")).status_code == 403
    client.logout()
    make_staff_sees(client)
    assert client.get(url("preview")).status_code == 200


def make_staff_sees(client: Client) -> None:
    User.objects.all().delete()
    make_staff(client, "view_guide")


def test_a_reader_is_sent_to_the_login(client: Client) -> None:
    answer = client.get(url("preview"))
    assert answer.status_code == 302
    assert "/login/" in answer["Location"]


def test_the_pages_readers_get_say_nothing_of_it(client: Client) -> None:
    assert "Preview" not in client.get("/acme/roadster/").content.decode()
