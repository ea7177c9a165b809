"""Tells what is wrong or missing in the settings, before a buyer finds it.

`manage.py check` runs these; web, worker and beat run them before they start (`shop/start.py`).
Every message has an id to look up and a hint that says what to do.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.mail import get_connection
from django.core.validators import validate_email
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from orders.desk_clock import working_time
from orders.mail_server import PROVIDERS
from orders.payments.methods import WAYS

Problems = Iterator[CheckMessage]

SECRET_LENGTH = 32  # characters; what `openssl rand -hex 16` prints
FERNET_HINT = (
    'Make one with: python -c "from cryptography.fernet import Fernet; '
    'print(Fernet.generate_key().decode())"'
)
RANDOM_HINT = "Make one with: openssl rand -hex 32"
TIMES = (
    "SWEEP_EVERY",
    "CLAIM_LASTS",
    "BACKOFF_FIRST",
    "BACKOFF_MOST",
    "CHECKOUT_LASTS",
    "PAYMENT_SYNC_EVERY",
    "DELAYED_SYNC_EVERY",
    "PAYMENT_DUE_LASTS",
    "HOLD_LASTS",
    "HOLD_MARGIN",
    "MAIL_LASTS",
    "RETRIEVAL_LASTS",
    "DESK_ALERT_BEFORE",
    "ANSWER_LASTS",
    "ANSWER_REMINDED_AFTER",
    "SUPPLIER_CONNECT_LASTS",
    "SUPPLIER_READ_LASTS",
    "SUPPLIER_LASTS",
    "CIRCUIT_LASTS",
    "IMPORT_SLICE",
)

LIMITS = (
    "ORDERS_PER_ADDRESS_HOUR",
    "ORDERS_PER_EMAIL_DAY",
    "ORDERS_PER_SERIAL_DAY",
    "PAYMENTS_PER_ORDER",
    "AVAILABILITY_PER_ADDRESS_HOUR",
    "AVAILABILITY_PER_HOUR",
    "RESENDS_PER_HOUR",
    "ADDRESS_CHANGES_PER_DAY",
    "DECLINES_AT_LEAST",
    "VELOCITY_SERIALS",
    "VELOCITY_HOURS",
)


@register
def check_site(**_: Any) -> list[CheckMessage]:
    return [*_secret_key(), *_addresses(), *_admin_path()]


@register
def check_stripe(**_: Any) -> list[CheckMessage]:
    return [*_stripe_key(), *_stripe_webhook(), *_stripe_address(), *_stripe_tax()]


@register
def check_supplier(**_: Any) -> list[CheckMessage]:
    return [*_supplier_address(), *_supplier_times()]


@register
def check_keys(**_: Any) -> list[CheckMessage]:
    return [*_code_keys(), *_hash_keys()]


@register
def check_mail(**_: Any) -> list[CheckMessage]:
    return [*_mail_server(), *_mail_provider(), *_mail_webhook(), *_mail_addresses()]


@register
def check_business(**_: Any) -> list[CheckMessage]:
    return [*_money(), *_ways_to_pay(), *_seller()]


@register
def check_limits(**_: Any) -> list[CheckMessage]:
    return [*_limits(), *_proxies()]


@register
def check_times(**_: Any) -> list[CheckMessage]:
    return [*_desk_hours(), *_times(), *_claims(), *_uploads()]


# ------------------------------------------------------------------ the site


def _secret_key() -> Problems:
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


def _addresses() -> Problems:
    if not settings.ALLOWED_HOSTS and not settings.DEBUG:
        yield Error(
            "ALLOWED_HOSTS is missing: every request would be refused.",
            hint="Name the shop's host, such as shop.example.com; several with commas.",
            id="shop.E002",
        )
    if not _is_address(settings.SITE_URL):
        yield Error(
            "SITE_URL is not a whole address.",
            hint="Links in mails start with it: https://shop.example.com, with nothing behind.",
            id="shop.E003",
        )
    elif not settings.SITE_URL.startswith("https://") and not _relaxed():
        yield Error(
            "SITE_URL does not start with https://.",
            hint="Order links and codes must not travel in the clear.",
            id="shop.E004",
        )


def _admin_path() -> Problems:
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


def _first_words(patterns: list[URLPattern | URLResolver]) -> set[str]:
    """The first parts of all addresses but the admin's and those that take any word."""
    words = set()
    for pattern in patterns:
        route = str(pattern.pattern)
        if not route and isinstance(pattern, URLResolver):
            words |= _first_words(pattern.url_patterns)
        elif not isinstance(pattern, URLResolver) or pattern.app_name != "admin":
            words.add(route.split("/")[0])
    return words | {settings.STATIC_URL.strip("/").split("/")[0]}


# ------------------------------------------------------------------ Stripe


def _stripe_key() -> Problems:
    key = settings.STRIPE_SECRET_KEY
    match = re.fullmatch(r"(sk|rk)_(test|live)_\w+", key)
    if not key:
        yield Error(
            "STRIPE_SECRET_KEY is missing.",
            hint="It is in Stripe's Dashboard under Developers, API keys.",
            id="shop.E010",
        )
    elif not match:
        yield Error(
            "STRIPE_SECRET_KEY is not a secret or restricted key.",
            hint="It starts with sk_test_, rk_test_, sk_live_ or rk_live_.",
            id="shop.E010",
        )
    elif (match[2] == "live") != settings.STRIPE_LIVE:
        yield Error(
            f"STRIPE_SECRET_KEY is a {match[2]} key, but STRIPE_LIVE is {settings.STRIPE_LIVE}.",
            hint="Set STRIPE_LIVE=true together with a live key, and only then.",
            id="shop.E011",
        )
    if settings.DEMO and settings.STRIPE_LIVE:
        yield Error(
            "DEMO and STRIPE_LIVE are both on.",
            hint="The demo tells its visitors that no money moves. Unset one of them.",
            id="shop.E012",
        )


def _stripe_webhook() -> Problems:
    secrets = settings.STRIPE_WEBHOOK_SECRETS
    if not secrets or not all(re.fullmatch(r"whsec_\S+", secret) for secret in secrets):
        yield Error(
            "STRIPE_WEBHOOK_SECRET is missing or does not start with whsec_.",
            hint="Stripe shows it beside the webhook endpoint; several with commas while it rolls.",
            id="shop.E013",
        )


def _stripe_address() -> Problems:
    base = settings.STRIPE_API_BASE
    if not _is_address(base):
        yield Error(
            "STRIPE_API_BASE is not a whole address.",
            hint="Leave it out to talk to Stripe.",
            id="shop.E014",
        )
    elif settings.STRIPE_LIVE and not base.startswith("https://"):
        yield Error(
            "STRIPE_API_BASE does not start with https://, but STRIPE_LIVE is on.",
            hint="Leave it out to talk to Stripe.",
            id="shop.E015",
        )


def _stripe_tax() -> Problems:
    if settings.STRIPE_TAX and not re.fullmatch(r"txcd_\d{8}", settings.STRIPE_TAX_CODE):
        yield Error(
            f"STRIPE_TAX_CODE {settings.STRIPE_TAX_CODE!r} is no tax code of Stripe's.",
            hint="Such as txcd_10000000: a service delivered electronically.",
            id="shop.E016",
        )


# ------------------------------------------------------------------ the supplier of codes


def _supplier_address() -> Problems:
    if not settings.PELOCK_API_KEY:
        return  # it is not asked
    if not _is_address(settings.PELOCK_API_URL):
        yield Error(
            "PELOCK_API_URL is not a whole address.",
            hint="Leave it out to ask PELock.",
            id="shop.E070",
        )
    elif not settings.PELOCK_API_URL.startswith("https://") and not _relaxed():
        yield Error(
            "PELOCK_API_URL does not start with https://.",
            hint="The activation key must not travel in the clear. Leave it out to ask PELock.",
            id="shop.E071",
        )
    if not re.fullmatch(r"\S+", settings.PELOCK_API_KEY):
        yield Error(
            "PELOCK_API_KEY has a space or a line break in it.",
            hint="It is the activation key of the licence, such as ABCD-ABCD-ABCD-ABCD.",
            id="shop.E072",
        )


def _supplier_times() -> Problems:
    """A question that outlasts its task is cut off, and asked again by another worker."""
    most = settings.CELERY_TASK_SOFT_TIME_LIMIT // 2
    if settings.SUPPLIER_LASTS > timedelta(seconds=most):
        yield Error(
            f"SUPPLIER_LASTS is above {most} seconds.",
            hint="A task would be stopped before its answer comes; 25 is the usual value.",
            id="shop.E073",
        )
    if settings.CIRCUIT_LIMIT < 1:
        yield Error(
            "CIRCUIT_LIMIT is not above 0.",
            hint="How many bad answers in a row open the circuit, such as 5.",
            id="shop.E074",
        )


# ------------------------------------------------------------------ keys


def _code_keys() -> Problems:
    keys = settings.CODE_KEYS
    if not keys:
        yield Error("CODE_KEYS is missing.", hint=FERNET_HINT, id="shop.E020")
    for place, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError:
            yield Error(f"CODE_KEYS: key {place} is no key.", hint=FERNET_HINT, id="shop.E021")


def _hash_keys() -> Problems:
    keys = settings.HASH_KEYS
    if not keys or not all(keys):
        yield Error("HASH_KEYS is missing.", hint=RANDOM_HINT, id="shop.E022")
    elif not settings.DEMO and any(len(key) < SECRET_LENGTH for key in keys):
        yield Error(
            f"HASH_KEYS has a key of less than {SECRET_LENGTH} characters.",
            hint=RANDOM_HINT + ". Keep the old key behind it while serials are hashed anew.",
            id="shop.E023",
        )


# ------------------------------------------------------------------ mail


def _mail_server() -> Problems:
    if not settings.EMAIL_URL and not settings.EMAIL_PROVIDER:
        yield Error(
            "EMAIL_URL is missing: no code could be mailed.",
            hint="Such as smtp+tls://user:password@smtp.example.com:587. Or EMAIL_PROVIDER.",
            id="shop.E030",
        )
    if settings.EMAIL_URL and settings.EMAIL_PROVIDER:
        yield Error(
            "EMAIL_URL and EMAIL_PROVIDER are both set.",
            hint="Mails go out by SMTP or through the provider's API. Leave one of them out.",
            id="shop.E032",
        )


def _mail_provider() -> Problems:
    provider = settings.EMAIL_PROVIDER
    if not provider:
        return
    if provider not in PROVIDERS:
        yield Error(
            f"EMAIL_PROVIDER {provider!r} is unknown.",
            hint=f"One of {', '.join(PROVIDERS)}; all others take SMTP: EMAIL_URL.",
            id="shop.E033",
        )
        return
    try:
        get_connection(f"anymail.backends.{provider}.EmailBackend")
    except ImproperlyConfigured as error:  # names the setting that it misses, and no value
        told = re.search(r"ANYMAIL_\w+", str(error))
        yield Error(
            f"EMAIL_PROVIDER {provider} lacks {told[0] if told else 'a package'}.",
            hint=f"Keys of the provider are settings that start with ANYMAIL_{provider.upper()}_."
            if told
            else str(error),
            id="shop.E034",
        )


def _mail_webhook() -> Problems:
    """By SMTP there is none. Without a secret anybody could call a customer's address wrong."""
    secrets = settings.MAIL_WEBHOOK_SECRETS
    if settings.EMAIL_PROVIDER and not (
        secrets and all(re.fullmatch(r"[\w.~-]+:[\w.~-]{16,}", secret) for secret in secrets)
    ):
        yield Error(
            "MAIL_WEBHOOK_SECRET is missing, or not user:password with 16 characters or more.",
            hint="The provider tells of bounces at https://user:password@shop.example.com"
            f"/mail/webhook/{settings.EMAIL_PROVIDER}/. Make one with: openssl rand -hex 16",
            id="shop.E035",
        )


def _mail_addresses() -> Problems:
    for name in ("DEFAULT_FROM_EMAIL", "STAFF_EMAIL"):
        if not _is_mail_address(getattr(settings, name)):
            yield Error(
                f"{name} is not an e-mail address.",
                hint="Such as help@example.com or Shop <help@example.com>.",
                id="shop.E031",
            )


# ------------------------------------------------------------------ the business


def _money() -> Problems:
    if not re.fullmatch(r"[a-z]{3}", settings.CURRENCY):
        yield Error(
            f"CURRENCY {settings.CURRENCY!r} is not three letters.",
            hint="Such as eur, gbp or usd.",
            id="shop.E040",
        )
    if not 0 <= settings.VAT_RATE < 100:
        yield Error(
            f"VAT_RATE {settings.VAT_RATE} is not a percentage.",
            hint="The percent of VAT that every price includes; 0 where none is due.",
            id="shop.E041",
        )


def _ways_to_pay() -> Problems:
    chosen = settings.PAYMENT_METHODS
    if unknown := [name for name in chosen if name not in WAYS]:
        yield Error(
            f"PAYMENT_METHODS has what the shop does not know: {', '.join(unknown)}.",
            hint=f"It knows {', '.join(WAYS)}.",
            id="shop.E043",
        )
    if "card" not in chosen:
        yield Error(
            "PAYMENT_METHODS lacks card.",
            hint="Cards are the one way to pay that takes every currency.",
            id="shop.E044",
        )
    if len(set(chosen)) < len(chosen):
        yield Error("PAYMENT_METHODS names one twice.", hint="Once is enough.", id="shop.E045")


def _seller() -> Problems:
    seller = settings.SELLER
    needed = [
        "name",
        "address",
        "email",
        *(["vat_number"] if settings.VAT_RATE else []),
    ]
    for part in needed:
        if not seller[part]:
            yield Error(
                f"SELLER_{part.upper()} is missing.",
                hint="The law wants it on the receipt and in the terms.",
                id="shop.E042",
            )
    if seller["email"] and not _is_mail_address(seller["email"]):
        yield Error(
            "SELLER_EMAIL is not an e-mail address.",
            hint="Customers write to it: help@example.com.",
            id="shop.E042",
        )


# ------------------------------------------------------------------ limits


def _limits() -> Problems:
    for name in LIMITS:
        if getattr(settings, name) < 1:
            yield Error(
                f"{name} is below 1.",
                hint="Leave it out for the usual one; to take no orders, staff switch selling off.",
                id="shop.E060",
            )
    if not 0 < settings.DECLINES_SHARE <= 1:
        yield Error(
            f"DECLINES_SHARE {settings.DECLINES_SHARE} is not a part of one.",
            hint="0.5 means that every second payment was declined.",
            id="shop.E061",
        )


def _proxies() -> Problems:
    if settings.TRUSTED_PROXIES < 0:
        yield Error(
            "TRUSTED_PROXIES is below 0.",
            hint="The number of proxies between the customer and the web processes; 0 for none.",
            id="shop.E062",
        )


# ------------------------------------------------------------------ times


def _desk_hours() -> Problems:
    if settings.DESK_HOURS <= 0:
        yield Error(
            "DESK_HOURS is not above 0.",
            hint="The hours that a person has to find a code, such as 24.",
            id="shop.E050",
        )
    try:
        desk = working_time()
    except ValueError as error:
        yield Error(
            f"DESK_OPEN or DESK_HOLIDAYS cannot be read: {error}.",
            hint="Such as Mon-Fri 09:00-18:00,Sat 10:00-14:00 and 2026-12-25,2026-12-26.",
            id="shop.E056",
        )
        return
    # of all hours at which an order may come, the one after which its time takes longest
    hours = [timezone.now() + timedelta(hours=hour) for hour in range(7 * 24)]
    work = timedelta(hours=max(settings.DESK_HOURS, 0))
    if max(desk.add(at, work) - at for at in hours) > settings.HOLD_LASTS - settings.HOLD_MARGIN:
        yield Warning(
            "DESK_HOURS may last longer than money can be held: orders then end before.",
            hint="Promise fewer hours, or open the desk on more days.",
            id="shop.W057",
        )


def _uploads() -> Problems:
    for name in ("UPLOAD_MOST_MB", "UPLOADS_KEPT_DAYS"):
        if getattr(settings, name) < 1:
            yield Error(
                f"{name} is not above 0.",
                hint="Leave it out for the usual one.",
                id="shop.E058",
            )


def _times() -> Problems:
    for name in TIMES:
        if getattr(settings, name) <= timedelta(0):
            yield Error(
                f"{name} is not above 0.",
                hint="A number of seconds; leave it out for the usual one.",
                id="shop.E051",
            )
    if settings.CLAIM_LIMIT < 1:
        yield Error(
            "CLAIM_LIMIT is not above 0.",
            hint="How often work is tried without an outcome before a person looks, such as 5.",
            id="shop.E052",
        )
    # Stripe refuses a session that ends within 30 minutes.
    if settings.CHECKOUT_LASTS < timedelta(minutes=31) and not settings.DEMO:
        yield Error(
            "CHECKOUT_LASTS is below 31 minutes.",
            hint="Stripe wants a session to last for 30 minutes at least.",
            id="shop.E053",
        )


def _claims() -> Problems:
    """A claim that ends while its task still runs lets a second worker do the same work."""
    if settings.CLAIM_LASTS > timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT):
        return
    kind = Warning if settings.DEMO else Error
    yield kind(
        f"CLAIM_LASTS is not longer than a task may run ({settings.CELERY_TASK_TIME_LIMIT} s).",
        hint="Work would be done twice whenever it is slow; 180 is the usual value.",
        id=f"shop.{'W' if settings.DEMO else 'E'}054",
    )


# ------------------------------------------------------------------ what they share


def _relaxed() -> bool:
    return bool(settings.DEMO or settings.DEBUG)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.query
    except ValueError:
        return False


def _is_mail_address(text: str) -> bool:
    try:
        validate_email(parseaddr(text)[1])
    except ValidationError:
        return False
    return True
