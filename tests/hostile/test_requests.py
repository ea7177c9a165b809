"""Requests that no browser sends: each is refused, and none breaks a page."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client, RequestFactory

from orders.models import Order
from shop.wsgi import application
from tests.hostile.addresses import all_addresses

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"


def through_wsgi(**environ: Any) -> str:
    """The status line, as gunicorn gets it."""
    described: list[str] = []

    def start(status: str, *_: object) -> Callable[[bytes], object]:
        described.append(status)
        return described.append  # type: ignore[return-value]  # it is not written to

    made = RequestFactory()._base_environ(**environ)  # type: ignore[attr-defined]
    b"".join(application(made, start))
    return described[0]


@pytest.mark.parametrize("path", [
    "/search/?q=%00", "/%00/", "/orders/RC-0000-0000/%00/", "/nissan/%00micra/", "/search/?%00=a",
])  # fmt: skip
def test_a_nul_in_an_address_is_refused(client: Client, path: str) -> None:
    assert client.get(path).status_code == 400


@pytest.mark.parametrize("name", ["sessionid", "csrftoken", "messages", "last_order", "x"])
def test_a_nul_in_a_cookie_is_refused(client: Client, name: str) -> None:
    answer = client.get("/orders/find/", headers={"Cookie": f'{name}="\\000abcdefghij"'})
    assert answer.status_code == 400


@pytest.mark.parametrize("kind", [
    f"{FORM}; charset=idna", f"{FORM}; charset=utf-7", f"{FORM}; charset=nonsense", ";;;=",
    "text/plain; charset=utf-16", "multipart/form-data", "multipart/form-data; boundary=\xff",
])  # fmt: skip
@pytest.mark.parametrize("query", ["%E8%C6=%DC", "a=1&" * 1200])
def test_an_odd_content_type_breaks_nothing(kind: str, query: str) -> None:
    status = through_wsgi(
        REQUEST_METHOD="POST", PATH_INFO="/search/", CONTENT_TYPE=kind, QUERY_STRING=query,
        CONTENT_LENGTH="3", **{"wsgi.input": io.BytesIO(b"a=b")},
    )  # fmt: skip
    assert status[:3] in ("400", "403", "405")


class Unread(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        raise AssertionError("It was read")


@pytest.mark.parametrize(("path", "megabytes"), [
    ("/orders/find/", 34), ("/", 23), ("/nowhere/", 2**40), (f"/{settings.ADMIN_PATH}/login/", 23),
])  # fmt: skip
def test_more_than_any_page_takes_is_refused_unread(path: str, megabytes: int) -> None:
    """A photo that is somewhat too large is read: its page says so itself."""
    status = through_wsgi(
        REQUEST_METHOD="POST", PATH_INFO=path, CONTENT_TYPE="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(megabytes * 10**6), **{"wsgi.input": Unread()},
    )  # fmt: skip
    assert status.startswith("413")


STRANGE = [
    "/search/?q=%ff%fe", "/search/?q=%ED%A0%80", "/%C0%AF/", "/acme/%ff/", "/orders/%ff/%ff/",
    "/order/acme/?serial=%ff&model=%ff", "/" + "a" * 5000 + "/", "/search/?q=" + "a" * 50_000,
    "/static/../../etc/passwd", "/static/..%2f..%2fshop/settings.py", "/static/%2e%2e/manage.py",
    "/acme/..%2f..%2f..%2fetc%2fpasswd/card.png", "/orders/RC-0000-0000/..%2f..%2fadmin/",
]  # fmt: skip


def test_what_is_no_text_or_leads_elsewhere_is_not_found(root: User) -> None:
    for path in STRANGE:
        answer = Client().get(path)
        assert answer.status_code in (200, 301, 404), path
        assert b"root:" not in answer.content and b"SECRET_KEY" not in answer.content


ABSURD = ["1e999", "9" * 25, "٣"]


def test_absurd_numbers_break_no_list(root: User) -> None:
    order = Order.objects.all()[0].secret_link()
    for number in ABSURD:
        asked = dict.fromkeys(["page", "p", "o", "e", "all", "v", "session_id", "model"], number)
        for path in ("/", "/search/", "/order/acme/", "/orders/find/", order, order + "status/"):
            assert Client().get(path, asked).status_code in (200, 303), path


def test_absurd_numbers_break_nothing_of_the_staffs(root: User) -> None:
    staff = Client()
    staff.force_login(root)
    for number in ABSURD:
        asked = dict.fromkeys(["p", "o", "e", "all", "id__exact"], number)
        assert staff.get("/admin/orders/order/", asked).status_code in (200, 302)
        for page in (number, "-1", "x", "2"):
            answer = staff.get("/admin/search/", {"s": "order", "page": page})
            assert answer.status_code == 400, page
        for below in ("", "change/", "history/", "desk/", "code/"):
            path = f"/admin/orders/order/{number}/{below}"
            assert staff.get(path).status_code < 500, path


def test_keys_and_fields_that_are_none_are_refused(root: User) -> None:
    staff = Client()
    staff.force_login(root)
    for path, sent in (
        ("/admin/orders/radio/", {"action": "delete_selected", "_selected_action": "x"}),
        ("/admin/guides/fact/add/", {"key": "a", "says": "b", "guide": "on"}),
        ("/admin/orders/selling/1/change/?_to_field=", {"is_open": "on"}),
        ("/admin/guides/guide/.env/preview/", {}),
    ):
        assert staff.post(path, sent).status_code == 400, path


def test_a_form_of_too_many_fields_or_too_many_bytes_is_refused(client: Client) -> None:
    many = "&".join(f"f{number}=x" for number in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1))
    much = "email=" + "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    for body in (many, much):
        assert client.post("/orders/find/", body, FORM).status_code == 400
        assert client.post("/order/acme/", body, FORM).status_code in (400, 404)


def test_a_method_that_an_address_does_not_take_is_told_which_it_takes(root: User) -> None:
    for address in all_addresses():
        for path in address.paths()[:1]:
            if path.startswith("/admin/"):
                continue
            answer = Client().generic("DELETE", path)
            assert (answer.status_code, bool(answer.get("Allow"))) in ((405, True), (404, False)), (
                path
            )
