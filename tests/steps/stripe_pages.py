"""Stripe's hosted page, filled in without JavaScript."""

import requests

GOOD = {
    "method": "card",
    "email": "anna@example.com",
    "number": "4242 4242 4242 4242",
    "expiry": "12 / 34",
    "cvc": "123",
    "name": "Anna Muster",
    "country": "DE",
}


def post(url: str, **fields: str) -> requests.Response:
    return requests.post(url, data={**GOOD, **fields}, timeout=3, allow_redirects=False)
