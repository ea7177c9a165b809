"""A visitor with a browser without JavaScript; the shop runs as processes."""

import html
import re
from typing import Any

import httpx

FIELD = re.compile(r"<input[^>]*>")
PART = re.compile(r'([\w-]+)="([^"]*)"')


class Visitor:
    def __init__(self, shop_url: str) -> None:
        self.shop_url = shop_url
        self.client = httpx.Client(base_url=shop_url, timeout=30)

    def get(self, address: str, **more: Any) -> httpx.Response:
        return self.client.get(address, **more)

    def send(
        self, address: str, page: str = "", files: Any = None, **answers: str
    ) -> httpx.Response:
        """Fill in a form of the page, which is at the form's own address by default. A
        redirect is not followed."""
        fields = hidden(self.get(page or address).text)
        return self.client.post(
            address, data=fields | answers, files=files, headers={"Origin": self.shop_url}
        )

    def order(self, brand: str, serial: str, email: str) -> httpx.Response:
        return self.send(
            f"/order/{brand}/", shows="code", serial=serial, email=email, is_owner="on",
            consent="on",
        )  # fmt: skip


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    fields = (dict(PART.findall(field)) for field in FIELD.findall(page))
    return {
        field["name"]: html.unescape(field.get("value", ""))
        for field in fields
        if field.get("type") == "hidden" and "name" in field
    }
