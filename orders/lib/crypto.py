"""Encrypts codes and serials, and hashes them with a key so that they can be looked up.

CODE_KEYS and HASH_KEYS are lists, newest first: the first writes, all of them read. Stored values
begin with the name of their key, so that the database can find what an old key still guards
(orders/key_rotation.py).

    v2:<key, 8 hex>:<base64url of a 12 byte nonce and AES-256-GCM's output>
    <key, 8 hex><32 hex of HMAC-SHA256>

AES-GCM takes 2 us where Fernet takes 15, which matters for a list of a million codes; values that
Fernet wrote are still read. Nonces are random: one key is good for 2^32 values.
"""

import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE = 12  # bytes
NAME = 8  # characters of a key's name


class UnreadableError(ValueError):
    """No key fits, or the text was changed."""


# ------------------------------------------------------------------ encryption
@lru_cache(maxsize=16)
def _cipher(key: str) -> tuple[str, AESGCM]:
    """Return the prefix of its values, and the cipher. Each is derived for this use only."""
    name = _derived(key, b"name", NAME // 2).hex()
    return f"v2:{name}:", AESGCM(_derived(key, b"aes-256-gcm", 32))


def _derived(key: str, use: bytes, length: int) -> bytes:
    material = urlsafe_b64decode(key)
    return HKDF(SHA256(), length, salt=None, info=b"encore v2 " + use).derive(material)


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    """Encrypt and authenticate with the newest key."""
    return encrypt_bytes(text.encode())


def encrypt_bytes(plain: bytes) -> str:
    start, cipher = _cipher(settings.CODE_KEYS[0])
    nonce = os.urandom(NONCE)
    return start + urlsafe_b64encode(nonce + cipher.encrypt(nonce, plain, None)).decode()


def decrypt(secret: str) -> str:
    """Raises UnreadableError."""
    return decrypt_bytes(secret).decode()


def decrypt_bytes(secret: str) -> bytes:
    """Raises UnreadableError."""
    try:
        for key in settings.CODE_KEYS:
            start, cipher = _cipher(key)
            if secret.startswith(start):
                sealed = urlsafe_b64decode(secret[len(start) :])
                return cipher.decrypt(sealed[:NONCE], sealed[NONCE:], None)
        return _fernet(tuple(settings.CODE_KEYS)).decrypt(secret)
    except (InvalidTag, InvalidToken, ValueError) as error:
        raise UnreadableError from error


def newest_encryption() -> str:
    """Return the prefix of values that the newest key encrypted."""
    return _cipher(settings.CODE_KEYS[0])[0]


# ------------------------------------------------------------------ hashes
@lru_cache(maxsize=16)
def _hash_name(key: str) -> str:
    return _hmac(key, "name")[:NAME]


def _hmac(key: str, text: str) -> str:
    return hmac.digest(key.encode(), text.encode(), "sha256").hex()


def _hash(key: str, text: str) -> str:
    """Half of HMAC's 256 bits are stored, enough that no two of a billion serials collide."""
    return _hash_name(key) + _hmac(key, text)[:32]


def hash_value(kind: str, value: str) -> str:
    """Hash a value that is looked up but never read, such as a blocked address."""
    return _hash(settings.HASH_KEYS[0], f"{kind}:{value}")


def hashes_of_value(kind: str, value: str) -> list[str]:
    """Return the hashes under which it may be stored during a key rotation, the newest first."""
    return [_hash(key, f"{kind}:{value}") for key in settings.HASH_KEYS]


def hash_serial(brand: int, serial: str) -> str:
    """Return the hash to store. Some serials have only four characters, so they are hashed within
    their brand: by its id, since its slug may change."""
    return hash_value(str(brand), serial)


def hashes_of_serial(brand: int, serial: str) -> list[str]:
    """Return the hashes under which it may be stored during a key rotation, the newest first."""
    return hashes_of_value(str(brand), serial)


def hashes_in_family(family: str, serial: str) -> list[str]:
    """Return the hashes within a family of codes, the newest first.

    Radios of one family share their codes, whatever brand they were sold under.
    """
    return hashes_of_value(f"family:{family}", serial)


def newest_hash() -> str:
    """Return the prefix of hashes made with the newest key."""
    return _hash_name(settings.HASH_KEYS[0])


def hash_names() -> list[str]:
    """Return the prefixes of hashes made with any of the keys."""
    return [_hash_name(key) for key in settings.HASH_KEYS]
