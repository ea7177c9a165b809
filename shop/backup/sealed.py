"""A file that is encrypted piece by piece, so that a large database needs no large memory.

    header   16 bytes of name and version, 8 that name the key, 16 of salt
    pieces   1 MiB each, the last one shorter: AES-256-GCM under a key made of BACKUP_KEY and salt

A piece's nonce is its place and whether it is the last, and the header is authenticated with each:
pieces that were changed, moved, taken out or cut off at the end are all noticed. (The construction
is STREAM, as age and others use it.)
"""

import os
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shop.backup.trouble import BackupError

MAGIC = b"encore backup 1\n"
NAME, SALT, TAG = 8, 16, 16  # bytes
HEADER = len(MAGIC) + NAME + SALT
PIECE = 2**20


def _derived(key: str, salt: bytes | None, use: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=salt, info=b"encore backup " + use).derive(key.encode())


def _name(key: str) -> bytes:
    """By which a file says under which key it is, without telling anything of the key."""
    return _derived(key, None, b"name", NAME)


def _cipher(key: str, header: bytes) -> AESGCM:
    return AESGCM(_derived(key, header[-SALT:], b"aes-256-gcm", 32))


def _nonce(place: int, is_last: bool) -> bytes:
    return place.to_bytes(11, "big") + bytes([is_last])


class SealedWriter:
    """Write to it, then `end` it: what was not ended cannot be read."""

    def __init__(self, file: BinaryIO, key: str) -> None:
        self._file = file
        self._header = MAGIC + _name(key) + os.urandom(SALT)
        self._cipher = _cipher(key, self._header)
        self._waiting = bytearray()
        self._place = 0
        file.write(self._header)

    def write(self, data: bytes) -> None:
        self._waiting += data
        while len(self._waiting) > PIECE:
            self._seal(bytes(self._waiting[:PIECE]), is_last=False)
            del self._waiting[:PIECE]

    def end(self) -> None:
        self._seal(bytes(self._waiting), is_last=True)

    def _seal(self, piece: bytes, is_last: bool) -> None:
        nonce = _nonce(self._place, is_last)
        self._file.write(self._cipher.encrypt(nonce, piece, self._header))
        self._place += 1


def unsealed(file: BinaryIO, keys: list[str]) -> Iterator[bytes]:
    """The pieces in clear, each looked at before it is handed out. Raises BackupError."""
    header = file.read(HEADER)
    if len(header) < HEADER or not header.startswith(MAGIC):
        raise BackupError("This file is no backup of this shop.")
    name = header[len(MAGIC) : -SALT]
    key = next((key for key in keys if _name(key) == name), None)
    if key is None:
        raise BackupError("This backup was made under another BACKUP_KEY.")
    cipher = _cipher(key, header)
    place, piece = 0, file.read(PIECE + TAG)
    while True:
        following = file.read(PIECE + TAG)
        try:
            yield cipher.decrypt(_nonce(place, not following), piece, header)
        except InvalidTag as error:
            raise BackupError("This backup was changed or cut off: it is not used.") from error
        if not following:
            return
        place, piece = place + 1, following
