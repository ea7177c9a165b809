"""Stripe's published API schema, trimmed to what the shop uses, and checks against it."""
