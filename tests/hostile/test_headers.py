"""What goes with every answer, from any part of the shop."""

import re
import runpy
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from orders.models import Order
from tests.steps.breaking import BREAKING
from tests.steps.factories import SERIAL, make_fallback_radio, make_radio, make_staff

pytestmark = pytest.mark.django_db

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
}
FILLED_IN = {
    "shows": "code", "serial": SERIAL, "email": "a@b.ie", "is_owner": "on", "consent": "on"
}  # fmt: skip
STRICT = ("default-src 'none'", "script-src 'self'", "style-src 'self'", "base-uri 'none'")


def wrong_headers(response: Any) -> dict[str, Any]:
    wrong = {name: response.get(name) for name, says in ALWAYS.items() if response[name] != says}
    policy = {rule.strip() for rule in response["Content-Security-Policy"].split(";")}
    if not policy.issuperset(STRICT) or "unsafe" in str(policy):
        wrong["Content-Security-Policy"] = policy
    if "camera=()" not in response["Permissions-Policy"] or not response["Cache-Control"]:
        wrong["more"] = dict(response.headers)
    return wrong


def of_sale() -> str:
    return Order.objects.exclude(receipts=None)[0].secret_link()


def test_answers_of_every_kind_carry_them(root: User, settings: Any) -> None:
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True  # none are collected
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    order = of_sale()
    answers = {
        "page from memory": client.get("/"),
        "form": client.get("/order/acme/"),
        "fragment": client.get(order + "status/", headers={"HX-Request": "true"}),
        "nothing new": client.get(order + "status/", {"v": Order.objects.all()[0].version}),
        "PDF": client.get(order + "receipt.pdf"),
        "map": client.get("/sitemap.xml"),
        "file": client.get("/static/shop/site.css"),
        "slash": client.get("/nissan"),
        "400": client.get("/search/?q=%00"),
        "wrong host": client.get("/", headers={"Host": "evil.example"}),
        "403": client.post("/orders/find/"),
        "404": client.get("/no/where/at/all/"),
        "405": client.put("/"),
        "forged event": client.post("/stripe/webhook/", "{}", content_type="application/json"),
    }
    assert {kind: wrong_headers(answer) for kind, answer in answers.items()} == {
        kind: {} for kind in answers
    }
    assert answers["file"].status_code == 200 and answers["PDF"].status_code == 200


def test_a_page_that_broke_carries_them(settings: Any) -> None:
    settings.MIDDLEWARE = BREAKING
    answer = Client(raise_request_exception=False).get("/search/")
    assert (answer.status_code, wrong_headers(answer)) == (500, {})


def test_only_what_means_to_be_kept_may_be_kept(counter: None) -> None:
    client = Client()
    order = of_sale()
    for address in ("", "status/", "receipt/", "receipt.pdf", "email/", "withdraw/", "nowhere/"):
        assert "no-store" in client.get(order + address)["Cache-Control"], address
    for address in ("pay/", "resend/"):
        assert "no-store" in client.post(order + address)["Cache-Control"], address
    assert client.get("/")["Cache-Control"].startswith("public")


def test_a_link_card_may_be_shown_by_others(counter: None) -> None:
    assert Client().get("/card.png")["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_a_shop_on_tls_is_reached_in_no_other_way(settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS, settings.SECURE_SSL_REDIRECT = 31_536_000, True
    client = Client()
    assert client.get("/admin/", secure=True)["Strict-Transport-Security"] == "max-age=31536000"
    assert client.get("/admin/")["Location"] == "https://testserver/admin/"


@pytest.fixture
def over_tls(settings: Any, monkeypatch: Any) -> None:
    """The cookies' settings of a shop that is reached so."""
    monkeypatch.setenv("SITE_URL", "https://testserver")
    described = runpy.run_path(str(settings.BASE_DIR / "shop/settings.py"))
    for name in described:
        if "_COOKIE_" in name:
            setattr(settings, name, described[name])


def send(client: Client, path: str, **typed: Any) -> Any:
    """As a browser over TLS, with what the page hides in its form."""
    page = client.get(path, secure=True).content.decode()
    hidden = r'name="(csrfmiddlewaretoken|form_key)" value="([^"]+)"'
    typed |= dict(re.findall(hidden, page))
    return client.post(path, typed, secure=True, headers={"Origin": "https://testserver"})


@pytest.mark.usefixtures("over_tls")
def test_over_tls_cookies_are_this_hosts_alone() -> None:
    make_radio()
    make_fallback_radio()
    client = Client(enforce_csrf_checks=True)
    assert send(client, "/orders/find/", number="RC-0000-0000", email="a@b.ie").status_code == 302
    for _again in range(2):
        assert send(client, "/order/nissan/", **FILLED_IN).status_code == 303
    assert Order.objects.count() == 1  # by the cookie that remembers it
    client.force_login(make_staff())
    assert client.get("/admin/", secure=True).status_code == 200
    assert set(client.cookies) == {
        "__Host-csrftoken", "__Host-last_order", "__Host-sessionid", "messages",
    }  # fmt: skip
    for cookie in client.cookies.values():
        was_deleted = not cookie.value  # the messages, once they were shown
        assert (cookie["secure"] or was_deleted, cookie["path"], cookie["domain"]) == (
            True,
            "/",
            "",
        )
        assert cookie["samesite"] == "Lax"
        assert cookie["httponly"] or was_deleted
