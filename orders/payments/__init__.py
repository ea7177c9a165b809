"""Payments: open Stripe's page (checkout), read its state (sync), capture or release (settle)."""
