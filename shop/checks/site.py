import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver, get_resolver

from shop.checks.shared import (
    RANDOM_HINT,
    SECRET_LENGTH,
    Problems,
    is_address,
    is_relaxed,
    settings_check,
)


@register(deploy=True)
def check_files(**_: Any) -> list[CheckMessage]:
    return list(_static_root())


@settings_check
def secret_key() -> Problems:
    try:
        key = settings.SECRET_KEY
    except ImproperlyConfigured:  # Django refuses to hand out an empty one
        key = ""
    if not key:
        yield Error("SECRET_KEY is missing.", hint=RANDOM_HINT, id="shop.E001")
    elif len(key) < SECRET_LENGTH:
        yield Error(
            f"SECRET_KEY is shorter than {SECRET_LENGTH} characters.",
            hint=RANDOM_HINT,
            id="shop.E001",
        )


@settings_check
def addresses() -> Problems:
    if not settings.ALLOWED_HOSTS and not settings.DEBUG:
        yield Error(
            "ALLOWED_HOSTS is missing: every request would be refused.",
            hint="Name the shop's host, such as shop.example.com; several with commas.",
            id="shop.E002",
        )
    if not is_address(settings.SITE_URL):
        yield Error(
            "SITE_URL is not a whole address.",
            hint="Links in mails start with it: https://shop.example.com, with nothing behind.",
            id="shop.E003",
        )
    elif not settings.SITE_URL.startswith("https://") and not is_relaxed():
        yield Error(
            "SITE_URL does not start with https://.",
            hint="Order links and codes must not travel in the clear.",
            id="shop.E004",
        )


@settings_check
def admin_path() -> Problems:
    path = settings.ADMIN_PATH
    if not re.fullmatch(r"[\w-]+(/[\w-]+)*", path):
        yield Error(
            f"ADMIN_PATH {path!r} is not a path.",
            hint="Letters, digits and hyphens, such as admin or back-office.",
            id="shop.E005",
        )
    elif path.split("/")[0] in _first_words(get_resolver().url_patterns):
        yield Error(
            f"ADMIN_PATH {path!r} hides a page of the shop.",
            hint="Choose a word that no address of the shop starts with.",
            id="shop.E005",
        )


def _static_root() -> Problems:
    """The default folder is filled by each release, and stays empty without one."""
    usual = settings.BASE_DIR / "static-collected"
    root = Path(settings.STATIC_ROOT)
    if root != usual and not is_relaxed() and not (root / "staticfiles.json").is_file():
        yield Error(
            "STATIC_ROOT has no staticfiles.json: every page would fail.",
            hint="Leave it out: deploy/release and the image collect into the usual folder."
            " Or run manage.py collectstatic with this setting.",
            id="shop.E007",
        )


@settings_check
def second_factor() -> Problems:
    if not settings.REQUIRE_SECOND_FACTOR and not is_relaxed():
        yield Warning(
            "REQUIRE_SECOND_FACTOR is off: a stolen password opens the admin.",
            hint="Leave it out. Staff set up their phone at the next sign-in.",
            id="shop.W006",
        )


def _first_words(patterns: list[URLPattern | URLResolver]) -> set[str]:
    """Return the first parts of all addresses, except the admin's and those that take any word."""
    words = set()
    for pattern in patterns:
        route = str(pattern.pattern)
        if not route and isinstance(pattern, URLResolver):
            words |= _first_words(pattern.url_patterns)
        elif not isinstance(pattern, URLResolver) or pattern.app_name != "admin":
            words.add(route.split("/")[0])
    return words | {settings.STATIC_URL.strip("/").split("/")[0]}
