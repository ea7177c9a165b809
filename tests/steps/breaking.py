"""A fault in every view, with all in reach that must stay secret."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

SECRETS = {
    "code": "48C05K",
    "serial": "BP730991264855",
    "token": "hQ7xRk2Vw9LmZt4Bn6Yc3Jd8Fg5Hs1Pa",
    "email": "berta.faulty@customers.example",
}
BREAKING = [*settings.MIDDLEWARE, "tests.steps.breaking.BreakEveryView"]


class BreakEveryView:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        code, serial, token, email = SECRETS.values()
        asked = {"digits": code, "of": [serial, token], "for": {"whom": email}}
        raise RuntimeError(f"{asked} cannot be done: {code}, {serial}, {token}, {email}")
