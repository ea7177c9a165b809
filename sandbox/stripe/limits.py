"""Rules about values that Stripe's schema does not hold."""

import re
from typing import Any
from urllib.parse import urlsplit

from sandbox.stripe.errors import Refused

EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s\[\]]+\.[^@\s.\[\]]+")


def check_metadata(metadata: Any, param: str = "metadata") -> dict[str, str]:
    """Clean metadata, an empty value meaning that the key is not wanted."""
    if not isinstance(metadata, dict):
        return {}
    if len(metadata) > 50:
        raise Refused("Metadata can have at most 50 keys.", None, param)
    for key, value in metadata.items():
        where = f"{param}[{key}]"
        if len(key) > 40:
            text = f"Metadata keys must be at most 40 characters, and this one has {len(key)}."
            raise Refused(text, None, where)
        if "[" in key or "]" in key:
            raise Refused("Metadata keys can't contain square brackets.", None, where)
        if len(value) > 500:
            text = f"Metadata values must be at most 500 characters, and this has {len(value)}."
            raise Refused(text, None, where)
    return {key: value for key, value in metadata.items() if value != ""}


def check_length(value: str | None, most: int, param: str) -> None:
    if value is not None and len(value) > most:
        text = f"Invalid string: must be at most {most} characters"
        raise Refused(text, "parameter_invalid_string", param)


def check_url(url: str, param: str) -> None:
    # {CHECKOUT_SESSION_ID} is allowed in a success_url.
    parts = urlsplit(url.replace("{", "").replace("}", ""))
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise Refused("Not a valid URL", "url_invalid", param)
    check_length(url, 5000, param)


def check_email(email: str, param: str) -> None:
    if not EMAIL.fullmatch(email):
        raise Refused(f"Invalid email address: {email}", "email_invalid", param)
