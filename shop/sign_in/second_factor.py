"""The second factor: numbers of an app on the phone, and recovery codes on paper.

django-otp takes each number once, and after each wrong one waits twice as long, whatever network it
came from: nine minutes at most, so that a stolen password does not keep its owner out for days.
Recovery codes are stored as hashes: 80 random bits need no salt.
"""

from base64 import b32encode
from hashlib import sha256
from secrets import token_bytes

import segno
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.safestring import SafeString, mark_safe
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken

from orders.lib import crypto
from shop.models import Phone

CODES = 10
GROUP = 4  # characters; a code is four of these groups
MAX_WRONG = 10  # in a row; more do not lengthen the wait of 2^9 seconds


def phone_of(user: User) -> Phone | None:
    found: Phone | None = Phone.objects.filter(user=user, confirmed=True).first()
    return found


def new_phone(user: User) -> Phone:
    """Return the phone that is being set up, the same each time its page is loaded."""
    values = {"name": "phone", "key": crypto.encrypt_bytes(token_bytes(20))}
    phone: Phone
    phone, _ = Phone.objects.get_or_create(user=user, confirmed=False, defaults=values)
    return phone


def secret_of(phone: Phone) -> str:
    """Return the key to type where no camera can be used."""
    text = b32encode(phone.bin_key).decode().rstrip("=")
    return " ".join(text[at : at + GROUP] for at in range(0, len(text), GROUP))


def qr_code(phone: Phone) -> SafeString:
    drawn = segno.make(phone.config_url, error="m").svg_inline(
        scale=5, border=4, dark="#000", light="#fff", omitsize=True
    )
    return mark_safe(drawn)  # noqa: S308  (drawn by segno of dots)


@transaction.atomic
def confirm(user: User, number: str) -> list[str] | None:
    """Replace the former phone by the new one, and return recovery codes to show once.

    Returns None if the number is wrong."""
    new = Phone.objects.select_for_update().filter(user=user, confirmed=False).first()
    if new is None or not new.verify_token(plain(number)):
        return None
    Phone.objects.filter(user=user, confirmed=True).delete()
    new.confirmed = True
    new.save(update_fields=["confirmed"])
    return new_recovery_codes(user)


@transaction.atomic
def verify(user: User, typed: str) -> bool:
    """Check a number of the phone, or a recovery code. Each is valid once."""
    text = plain(typed)
    if kind_of(typed) == "number":
        devices, token = Phone.objects.filter(confirmed=True), text
    else:
        devices, token = StaticDevice.objects.all(), hashed(text)
    device = devices.select_for_update().filter(user=user).first()
    if device is None:
        return False
    device.throttling_failure_count = min(device.throttling_failure_count, MAX_WRONG)
    return bool(device.verify_token(token))


@transaction.atomic
def new_recovery_codes(user: User) -> list[str]:
    """Return new codes. The former ones are no longer valid."""
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="paper")
    codes = [b32encode(token_bytes(10)).decode().lower() for _ in range(CODES)]
    StaticToken.objects.bulk_create(
        StaticToken(device=device, token=hashed(code)) for code in codes
    )
    return ["-".join(code[at : at + GROUP] for at in range(0, 16, GROUP)) for code in codes]


def recovery_codes_left(user: User) -> int:
    left: int = StaticToken.objects.filter(device__user=user).count()
    return left


@transaction.atomic
def reset(user: User) -> None:
    """Delete the second factor, and sign the user out everywhere."""
    Phone.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()
    end_sessions(user)


def end_sessions(user: User, but: str | None = None) -> None:
    for session in Session.objects.exclude(session_key=but):
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()


def kind_of(typed: str) -> str:
    return "number" if plain(typed).isdigit() else "recovery code"


def plain(typed: str) -> str:
    return "".join(typed.split()).replace("-", "").lower()


def hashed(code: str) -> str:
    """Return a hash that fits into django-otp's column."""
    return b32encode(sha256(f"recovery:{code}".encode()).digest()).decode()[:16]
