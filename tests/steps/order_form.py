"""The order form as a customer fills it in."""

import re
import uuid
from typing import Any

from tests.steps.factories import SERIAL

URL = "/order/nissan/"


def answers(**changes: Any) -> dict[str, Any]:
    """A form filled in as it should be; a change to None leaves the field out."""
    data = {
        "form_key": str(uuid.uuid4()),
        "shows": "code",
        "serial": SERIAL,
        "car": "micra",
        "email": "anna@example.com",
        "is_owner": "on",
        "consent": "on",
    } | changes
    return {name: value for name, value in data.items() if value is not None}


def hidden_fields(page: str) -> dict[str, str]:
    """The hidden fields of a page that came back."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
