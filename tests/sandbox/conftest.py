"""One stand-in per test, the real Stripe client, and a small receiver for webhooks."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import stripe as stripe_sdk

from sandbox.stripe import StripeStandIn


@pytest.fixture
def stand_in() -> Iterator[StripeStandIn]:
    with StripeStandIn() as running:
        yield running


@pytest.fixture
def client(stand_in: StripeStandIn) -> stripe_sdk.StripeClient:
    return client_of(stand_in)


def client_of(stand_in: StripeStandIn, **options: Any) -> stripe_sdk.StripeClient:
    http = stripe_sdk.RequestsClient(timeout=options.pop("timeout", 5))
    key = options.pop("api_key", stand_in.api_key)
    return stripe_sdk.StripeClient(
        key, base_addresses={"api": stand_in.url}, http_client=http, **options
    )


@dataclass
class Receiver:
    """Answers webhooks with `statuses` in turn, then with 200."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)


@pytest.fixture
def receiver(stand_in: StripeStandIn) -> Iterator[Receiver]:
    got = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            got.signatures.append(self.headers["Stripe-Signature"])
            self.send_response(got.statuses.pop(0) if got.statuses else 200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    got.url = f"http://127.0.0.1:{server.server_port}/"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    stand_in.webhook_url = got.url
    yield got
    server.shutdown()
    server.server_close()


@dataclass
class Shop:
    """What the tests do with a session, in the words of a shop."""

    client: stripe_sdk.StripeClient
    stand_in: StripeStandIn

    def session(self, **more: Any) -> Any:
        return self.client.v1.checkout.sessions.create(params_of(**more))

    def authorized_session(self, **more: Any) -> Any:
        options = {"card": {"capture_method": "manual"}}
        return self.session(payment_method_options=options, **more)

    def authorized(self) -> str:
        return self.pay(self.authorized_session().id)

    def paid(self) -> str:
        return self.pay(self.session().id)

    def pay(self, session: str, **how: Any) -> str:
        result = self.stand_in.pay(session, **how)
        return str(result["session"]["payment_intent"])

    def intent(self, intent: str) -> Any:
        expand = {"expand": ["latest_charge"]}
        return self.client.v1.payment_intents.retrieve(intent, expand)  # type: ignore[arg-type]


@pytest.fixture
def shop(client: stripe_sdk.StripeClient, stand_in: StripeStandIn) -> Shop:
    return Shop(client, stand_in)


@pytest.fixture
def make_client() -> Callable[..., stripe_sdk.StripeClient]:
    return client_of


@pytest.fixture
def session_params() -> Callable[..., Any]:
    return params_of


def params_of(**more: Any) -> Any:
    line = {
        "quantity": 1,
        "price_data": {
            "currency": "eur",
            "unit_amount": 2900,
            "product_data": {"name": "Unlock code", "description": "Blaupunkt RCD 310"},
        },
    }
    return {
        "mode": "payment",
        "line_items": [line],
        "success_url": "http://shop.test/thanks/{CHECKOUT_SESSION_ID}",
        "cancel_url": "http://shop.test/back",
        "client_reference_id": "R-1001",
        "metadata": {"payment": "p-1"},
        **more,
    }
