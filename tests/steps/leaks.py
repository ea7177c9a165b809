"""Finds secrets in a text, however they were written into it."""

import base64
import html
import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, quote_plus

SHORT = 6  # a shorter secret stands in many texts by chance: it is looked for as a word of its own


def found_in(text: str, secrets: Mapping[str, str]) -> list[str]:
    """Names of the secrets that stand there: "the serial, as base64"."""
    lower, bare = text.lower(), _bare(text)
    return [
        f"{name}, {how}"
        for name, secret in secrets.items()
        for how in _ways_found(secret, lower, bare)
    ]


def _ways_found(secret: str, lower: str, bare: str) -> Iterator[str]:
    if len(secret) < SHORT:
        if re.search(rf"(?<!\w)(?<!\d[.,:-]){re.escape(secret.lower())}(?!\w|[.,:-]\d)", lower):
            yield "as a word"
        return
    if len(_bare(secret)) >= SHORT and _bare(secret) in bare:
        yield "plain, or with other characters between"
    for how, written in encodings(secret):
        if written.lower() in lower:
            yield f"as {how}"


def _bare(text: str) -> str:
    """Letters and digits only: BP12 3456-7890 is bp1234567890."""
    return re.sub(r"[\W_]+", "", text.lower())


def encodings(secret: str) -> Iterator[tuple[str, str]]:
    yield "it is", secret
    yield "part of an address", quote(secret, safe="")
    yield "part of a form", quote_plus(secret)
    yield "part of an address, twice over", quote(quote(secret, safe=""), safe="")
    yield "HTML", html.escape(secret)
    yield "JSON", json.dumps(secret)[1:-1]
    yield "Python writes it", repr(secret)[1:-1]
    yield "hexadecimal", secret.encode().hex()
    for before in range(3):  # bytes in front of it, of which three make four characters
        whole = base64.b64encode(b"\0" * before + secret.encode())
        start = -(-before * 8 // 6)
        end = (before + len(secret.encode())) * 8 // 6
        written = whole[start:end].decode()
        yield "base64", written
        yield "base64 for addresses", written.replace("+", "-").replace("/", "_")
