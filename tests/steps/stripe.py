"""Stripe's stand-in for tests that deliver its webhooks themselves."""

from typing import Any

from django.test import Client

from sandbox.stripe import StripeStandIn

CLIENT = Client()  # one for all: a new one would load the middleware anew with each event


class Stripe(StripeStandIn):
    """The stand-in; its webhooks are handed to the shop by the test, not by the courier."""

    def deliver(self, type: str, *, secret: str | None = None) -> list[Any]:
        """Post all events of that type so far to the shop's webhook, really signed."""
        responses = []
        for event in self.events(type):
            body, signature = self.signed(event, secret=secret)
            responses.append(post_event(body, signature))
        return responses


def post_event(body: bytes, signature: str) -> Any:
    return CLIENT.post(
        "/stripe/webhook/", body, content_type="application/json",
        headers={"Stripe-Signature": signature},
    )  # fmt: skip
