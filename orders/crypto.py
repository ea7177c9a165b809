"""Codes and serials: encrypted at rest, and found again by a keyed hash.

CODE_KEYS and HASH_KEYS are lists, newest first: the first writes, all of them read.
"""

import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    """Authenticated encryption with the newest key; the result has at least 100 characters."""
    return _fernet(tuple(settings.CODE_KEYS)).encrypt(text.encode()).decode()


def decrypt(secret: str) -> str:
    """Raises cryptography.fernet.InvalidToken if no key fits or the text was changed."""
    return _fernet(tuple(settings.CODE_KEYS)).decrypt(secret.encode()).decode()


def _hash(key: str, text: str) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def hash_value(kind: str, value: str) -> str:
    """Of anything that is looked up but not readable, such as a blocked address."""
    return _hash(settings.HASH_KEYS[0], f"{kind}:{value}")


def hashes_of_value(kind: str, value: str) -> list[str]:
    """Every hash under which it may be stored while keys are being changed."""
    return [_hash(key, f"{kind}:{value}") for key in settings.HASH_KEYS]


def hash_serial(brand: str, serial: str) -> str:
    """The hash to store. Some shapes have four characters only, so a serial counts in its brand."""
    return _hash(settings.HASH_KEYS[0], f"{brand}:{serial}")


def hashes_of_serial(brand: str, serial: str) -> list[str]:
    """Every hash under which the serial may be stored while keys are being changed."""
    return [_hash(key, f"{brand}:{serial}") for key in settings.HASH_KEYS]
