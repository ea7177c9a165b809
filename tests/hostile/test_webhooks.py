"""What comes to the webhooks with the right secret, and still is no event; and without it."""

import base64
import json
from typing import Any

import pytest
from django.test import Client

from orders.models import StripeEvent
from tests.hostile.attacks import EVENT, signed
from tests.steps.postmark import SECRET

pytestmark = pytest.mark.django_db

NO_EVENT = {
    "nothing": b"",
    "deep": b"[" * 200_000,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "bytes": b"\xff\xfe\x00\xd8",
    "a number of many digits": b"9" * 6000,
    "no object": b'"text"',
    "many fields": json.dumps({f"f{n}": n for n in range(50_000)}).encode(),
    "huge": b'{"a": "' + b"x" * 1_100_000 + b'"}',
}
ODD = [None, 5, 10**30, [], {}, ["evt"], {"id": 1}, True, "a" * 5000, "a\0b", "\ud800", ""]
PLACES = ["id", "type", "api_version", "livemode", "data", "data.object", "data.object.id",
          "data.object.payment_intent", "data.object.metadata", "data.object.metadata.payment",
          "created", "account"]  # fmt: skip


@pytest.fixture(autouse=True)
def provider(settings: Any) -> None:
    settings.EMAIL_PROVIDER, settings.MAIL_WEBHOOK_SECRETS = "postmark", [SECRET]
    settings.ANYMAIL = settings.ANYMAIL | {"WEBHOOK_SECRET": [SECRET]}


def by_stripe(client: Client, body: bytes) -> int:
    sent = client.post(
        "/stripe/webhook/", body, "application/json", headers={"Stripe-Signature": signed(body)}
    )
    return sent.status_code


def by_provider(client: Client, body: bytes) -> int:
    secret = base64.b64encode(SECRET.encode()).decode()
    sent = client.post(
        "/mail/webhook/postmark/", body, "application/json",
        headers={"Authorization": f"Basic {secret}"},
    )  # fmt: skip
    return sent.status_code


def replaced(event: Any, place: str, value: Any) -> Any:
    first, _, rest = place.partition(".")
    return event | {first: replaced(event[first], rest, value) if rest else value}


@pytest.mark.parametrize("body", NO_EVENT.values(), ids=NO_EVENT)
def test_what_is_signed_and_no_event_is_refused(client: Client, body: bytes) -> None:
    assert by_stripe(client, body) == 400
    assert by_provider(client, body) in (200, 400)  # Anymail takes what names nothing for unknown
    assert not StripeEvent.objects.exists()


def test_an_odd_value_in_a_signed_event_breaks_nothing(client: Client) -> None:
    for place in PLACES:
        for value in ODD:
            event = json.dumps(replaced(EVENT, place, value)).encode()
            assert by_stripe(client, event) in (200, 400), (place, value)


def test_an_odd_value_in_a_bounce_breaks_nothing(client: Client) -> None:
    bounce = {
        "RecordType": "Bounce", "MessageID": "1", "Metadata": {"mail": "x"}, "Type": "HardBounce",
        "Email": "a@b.example", "BouncedAt": "2026-11-22T12:00:05Z", "ID": 42,
    }  # fmt: skip
    for place in bounce:
        for value in ODD:
            body = json.dumps(bounce | {place: value}).encode()
            assert by_provider(client, body) in (200, 400), (place, value)
    for value in ODD:
        body = json.dumps(bounce | {"Metadata": {"mail": value}}).encode()
        assert by_provider(client, body) in (200, 400), value


@pytest.mark.parametrize("signature", [
    "", "t=1", "v1=", "t=,v1=", "t=abc,v1=00", "t=" + "9" * 5000 + ",v1=00", ",,,===",
    "t=1,v1=\xe9", "t=-1,v1=00,v1=11",
])  # fmt: skip
def test_what_only_looks_like_a_signature_is_refused(client: Client, signature: str) -> None:
    headers = {"Stripe-Signature": signature}
    assert client.post(
        "/stripe/webhook/", b"{}", "application/json", headers=headers
    ).status_code == 400  # fmt: skip


@pytest.mark.parametrize("secret", ["", "Basic", "Basic !", "Basic /w==", "Basic Og==", "Bearer x"])
def test_what_only_looks_like_a_password_is_refused(client: Client, secret: str) -> None:
    headers = {"Authorization": secret}
    answer = client.post("/mail/webhook/postmark/", b"{}", "application/json", headers=headers)
    assert answer.status_code == 400


@pytest.mark.parametrize("kind", [
    "", "text", "multipart/form-data", "multipart/form-data; boundary=\xe9",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded; charset=nonsense",
])  # fmt: skip
def test_an_odd_content_type_is_refused_like_any_forgery(client: Client, kind: str) -> None:
    for path in ("/stripe/webhook/", "/mail/webhook/postmark/"):
        assert client.generic("POST", path, b"a=b", CONTENT_TYPE=kind).status_code == 400
