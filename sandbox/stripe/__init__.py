"""A stand-in for Stripe: its API, its hosted payment page and its webhooks, on one port."""

from sandbox.stripe.stand_in import StripeStandIn

__all__ = ["StripeStandIn"]
