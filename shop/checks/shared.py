"""Functions that several checks use."""

from collections.abc import Callable, Iterator
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, register
from django.core.exceptions import ValidationError

from orders.lib.mailbox import cleaned
from orders.lib.text import is_unseen

Problems = Iterator[CheckMessage]
Check = Callable[[], Problems]

SECRET_LENGTH = 32  # characters; what `openssl rand -hex 16` prints
RANDOM_HINT = "Make one with: openssl rand -hex 32"


def settings_check(problems: Check) -> Check:
    """Register a generator of messages as a system check."""
    register(lambda **_: list(problems()))
    return problems


def is_relaxed() -> bool:
    return bool(settings.DEMO or settings.DEBUG)


def is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.query
    except ValueError:
        return False


def is_mail_address(text: str) -> bool:
    address = parseaddr(text)[1]
    try:
        return bool(cleaned(address)) and not any(map(is_unseen, address))
    except ValidationError:
        return False
