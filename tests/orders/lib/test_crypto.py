"""Secrets are readable under every key there is, and by nothing else."""

from typing import Any

import pytest
from cryptography.fernet import Fernet

from orders.lib import crypto

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def keys(settings: Any) -> Any:
    settings.CODE_KEYS = [OLD]
    settings.HASH_KEYS = ["the-old-hash-key"]
    return settings


def test_what_is_encrypted_is_read_again(keys: Any) -> None:
    secret = crypto.encrypt("4307 ÄÖ")
    assert "4307" not in secret
    assert crypto.decrypt(secret) == "4307 ÄÖ"


def test_the_same_text_is_never_encrypted_to_the_same(keys: Any) -> None:
    assert crypto.encrypt("4307") != crypto.encrypt("4307")


def test_an_old_key_still_reads_and_the_newest_writes(keys: Any) -> None:
    before = crypto.encrypt("4307")
    keys.CODE_KEYS = [NEW, OLD]
    assert crypto.decrypt(before) == "4307"
    assert crypto.encrypt("4307").startswith(crypto.newest_encryption())
    assert not before.startswith(crypto.newest_encryption())


def test_what_fernet_wrote_is_still_read(keys: Any) -> None:
    secret = Fernet(OLD).encrypt(b"4307").decode()
    keys.CODE_KEYS = [NEW, OLD]
    assert crypto.decrypt(secret) == "4307"


@pytest.mark.parametrize("at", [3, 20, 30, -1])
def test_a_changed_secret_is_not_read(keys: Any, at: int) -> None:
    secret = list(crypto.encrypt("4307"))
    secret[at] = "A" if secret[at] != "A" else "Q"
    with pytest.raises(crypto.UnreadableError):
        crypto.decrypt("".join(secret))


@pytest.mark.parametrize("secret", ["", "v2:", "v2:00000000:", "4307", "v2:ääääääää:ä"])
def test_what_is_no_secret_is_not_read(keys: Any, secret: str) -> None:
    with pytest.raises(crypto.UnreadableError):
        crypto.decrypt(secret)


def test_a_key_that_is_gone_reads_nothing(keys: Any) -> None:
    secret = crypto.encrypt("4307")
    keys.CODE_KEYS = [NEW]
    with pytest.raises(crypto.UnreadableError):
        crypto.decrypt(secret)


def test_a_serial_has_another_hash_in_another_brand_and_under_another_key(keys: Any) -> None:
    hashes = {crypto.hash_serial(1, "M043258"), crypto.hash_serial(2, "M043258")}
    keys.HASH_KEYS = ["the-new-hash-key", "the-old-hash-key"]
    newest, old = crypto.hashes_of_serial(1, "M043258")
    assert newest not in hashes
    assert old in hashes
    assert newest == crypto.hash_serial(1, "M043258")
    assert newest.startswith(crypto.newest_hash())
