from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import Error

from shop.checks.shared import RANDOM_HINT, SECRET_LENGTH, Problems, settings_check

FERNET_HINT = (
    'Make one with: python -c "from cryptography.fernet import Fernet; '
    'print(Fernet.generate_key().decode())"'
)


@settings_check
def code_keys() -> Problems:
    keys = settings.CODE_KEYS
    if not keys:
        yield Error("CODE_KEYS is missing.", hint=FERNET_HINT, id="shop.E020")
    for place, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError:
            yield Error(f"CODE_KEYS: key {place} is no key.", hint=FERNET_HINT, id="shop.E021")


@settings_check
def hash_keys() -> Problems:
    keys = settings.HASH_KEYS
    if not keys or not all(keys):
        yield Error("HASH_KEYS is missing.", hint=RANDOM_HINT, id="shop.E022")
    elif not settings.DEMO and any(len(key) < SECRET_LENGTH for key in keys):
        yield Error(
            f"HASH_KEYS has a key of less than {SECRET_LENGTH} characters.",
            hint=RANDOM_HINT + ". Keep the old key behind it while serials are hashed anew.",
            id="shop.E023",
        )
