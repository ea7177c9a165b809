import re

from django.conf import settings
from django.core.checks import Error
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection

from orders.mail.transport import PROVIDERS
from shop.checks.shared import Problems, is_mail_address, settings_check


@settings_check
def mail_server() -> Problems:
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


@settings_check
def mail_provider() -> Problems:
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
        missing = re.search(r"ANYMAIL_\w+", str(error))
        yield Error(
            f"EMAIL_PROVIDER {provider} lacks {missing[0] if missing else 'a package'}.",
            hint=f"Keys of the provider are settings that start with ANYMAIL_{provider.upper()}_."
            if missing
            else str(error),
            id="shop.E034",
        )


@settings_check
def mail_webhook() -> Problems:
    """Without a secret, strangers could report a customer's address as wrong."""
    secrets = settings.MAIL_WEBHOOK_SECRETS
    if settings.EMAIL_PROVIDER and not (
        secrets and all(re.fullmatch(r"[\w.~-]+:[\w.~-]{16,}", secret) for secret in secrets)
    ):
        yield Error(
            "MAIL_WEBHOOK_SECRET is missing, or not user:password with 16 characters or more.",
            hint="The provider reports bounces to https://user:password@shop.example.com"
            f"/mail/webhook/{settings.EMAIL_PROVIDER}/. Make one with: openssl rand -hex 16",
            id="shop.E035",
        )


@settings_check
def mail_addresses() -> Problems:
    for name in ("DEFAULT_FROM_EMAIL", "STAFF_EMAIL"):
        if not is_mail_address(getattr(settings, name)):
            yield Error(
                f"{name} is not an e-mail address.",
                hint="Such as help@example.com or Shop <help@example.com>.",
                id="shop.E031",
            )
