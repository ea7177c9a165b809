"""Hostile requests, made up by chance: number 4711 of a seed is always the same.

They begin with what the shop itself offers, its addresses and the fields of its forms, and bend
some of it: a request of which all is nonsense gets no further than the first check.
"""

import hashlib
import hmac
import html
import json
import re
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from urllib.parse import quote_from_bytes, urlencode

from tests.hostile.addresses import all_addresses
from tests.hostile.nasty import HEADERS, METHODS, PRIVILEGED, QUERY, VALUES, bend, json_body
from tests.steps.photos import jpeg
from tests.steps.postmark import SECRET, bounce

STAFF = "/admin/"
SLOW = "guides_guide_differences"  # reads all content files for half a dozen seconds: less often
FORM = "application/x-www-form-urlencoded"
CONTROL = re.compile(r"<(?:input|textarea|option|select)\b[^>]*>", re.IGNORECASE)
PART = re.compile(r'([\w-]+)="([^"]*)"')
EVENT = {
    "id": "evt_1", "type": "checkout.session.completed", "api_version": "2026-10-28.endive",
    "object": "event", "livemode": False,
    "data": {"object": {"id": "cs_1", "payment_intent": "pi_1", "metadata": {"payment": "x"}}},
}  # fmt: skip
MAIL = {"MessageID": "1", "Metadata": {"mail": "x"}, "To": "a@b.example", "From": "c@d.example"}

Fields = list[tuple[str, str]]
Look = Callable[[str, bool], str]  # the page at a path, as staff or as a stranger


@dataclass(frozen=True)
class Attack:
    """Path and query are percent-encoded; a header is what goes over the wire, as Latin-1."""

    number: int
    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_staff: bool = False

    def __str__(self) -> str:
        headers = {name: value[:80] for name, value in self.headers.items()}
        who = "staff" if self.is_staff else "a stranger"
        target = f"{self.path}?{self.query}"[:300]
        return f"#{self.number} {self.method} {target} by {who} {headers} {self.body[:300]!r}"


class Attacker:
    def __init__(self, seed: str, look: Look) -> None:
        self.seed, self.look = seed, look
        found = [(address.name == SLOW, address.paths()) for address in all_addresses()]
        self.targets = [paths for is_slow, paths in found if not is_slow and paths]
        self.slow = [paths for is_slow, paths in found if is_slow]
        Random(seed).shuffle(self.targets)

    def attack(self, number: int) -> Attack:
        """Goes through all addresses in turn."""
        rng = Random(f"{self.seed}/{number}")
        round_, place = divmod(number, len(self.targets))
        is_slow = self.slow and round_ % 5 == 1 and place == 0
        paths = self.slow[0] if is_slow else self.targets[place]
        path = rng.choice(paths)
        is_staff = path.startswith(STAFF) and rng.random() < 0.85
        method = rng.choices(["GET", "POST", rng.choice(METHODS)], [45, 45, 10])[0]
        headers = self._headers(rng)
        body = b""
        if method not in ("GET", "HEAD"):
            kind, body, more = self._body(rng, path, is_staff)
            headers = {"Content-Type": kind} | more | headers
        query = _query(rng) if rng.random() < 0.5 else ""
        if rng.random() < 0.2:
            path = bend(rng, path)
        return Attack(number, method, path, query, headers, body, is_staff)

    def _headers(self, rng: Random) -> dict[str, str]:
        names = rng.sample(sorted(HEADERS), rng.choice([0, 0, 0, 1, 1, 2, 5]))
        return {name: rng.choice(HEADERS[name]) for name in names}

    def _body(self, rng: Random, path: str, is_staff: bool) -> tuple[str, bytes, dict[str, str]]:
        if path.startswith("/stripe/webhook/") and rng.random() < 0.8:
            body = rng.choice([json_body(rng), json.dumps(_bent(rng, EVENT)).encode()])
            return "application/json", body, {"Stripe-Signature": signed(body)}
        if path.startswith("/mail/webhook/") and rng.random() < 0.8:
            body = rng.choice([json_body(rng), json.dumps(_bent(rng, bounce(MAIL))).encode()])
            secret = b64encode(SECRET.encode()).decode()
            return "application/json", body, {"Authorization": f"Basic {secret}"}
        kind = rng.random()
        if kind < 0.1:
            return "application/json", json_body(rng), {}
        if kind < 0.15:
            return FORM, rng.randbytes(rng.choice([1, 100, 5000])), {}
        if kind < 0.17:
            return FORM, b"a=1&" * 1500, {}
        if kind < 0.18:
            return FORM, b"a=" + b"b" * 1_100_000, {}
        fields = self._fields(rng, path, is_staff)
        if kind < 0.35:
            return *_multipart(rng, fields), {}
        return FORM, urlencode(fields, errors="surrogatepass").encode(), {}

    def _fields(self, rng: Random, path: str, is_staff: bool) -> Fields:
        """As the page offers them, some of them bent, some doubled, some left out."""
        fields = fields_of(self.look(path, is_staff))
        for _ in range(rng.choice([0, 1, 1, 2, 5])):
            if fields:
                place = rng.randrange(len(fields))
                name = fields[place][0]
                fields[place] = (name, rng.choice(VALUES))
        if rng.random() < 0.2:
            fields += rng.sample(sorted(PRIVILEGED.items()), 3)
        if rng.random() < 0.1:
            fields = [each for each in fields if rng.random() < 0.7] + fields[:1] * 2
        return fields


def fields_of(page: str) -> Fields:
    """What a browser would send of all forms on a page, filled in by chance."""
    fields: Fields = []
    name = ""
    for control in CONTROL.findall(page):
        parts = dict(PART.findall(control))
        name = parts.get("name", "") if not control.lower().startswith("<option") else name
        if name and "csrfmiddlewaretoken" != name and len(fields) < 400:
            fields.append((name, html.unescape(parts.get("value", "on"))))
    chosen = dict(fields)  # of several with one name, such as options, the last
    return [(name, chosen[name]) for name in chosen]


def signed(body: bytes, secret: str = "whsec_tests") -> str:
    now = str(int(time.time()))
    digest = hmac.new(secret.encode(), now.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={now},v1={digest}"


def _query(rng: Random) -> str:
    pairs = [(rng.choice(QUERY), rng.choice(VALUES)) for _ in range(rng.choice([1, 1, 2, 4]))]
    text = urlencode([(name, value[:2000]) for name, value in pairs], errors="surrogatepass")
    odd = quote_from_bytes(rng.randbytes(8), safe="&=;%")
    return rng.choice([text, text, text, text.replace("%", "%25"), odd, "a=1&" * 1200])


def _bent(rng: Random, described: object) -> object:
    """The same with one value in it replaced, or one left out."""
    if not isinstance(described, dict) or not described or rng.random() < 0.2:
        return rng.choice([*VALUES, None, [], {}, 5, -1, 1.5, True, ["x"], {"id": "x"}, 10**30])
    name = rng.choice(sorted(described))
    if rng.random() < 0.2:
        return {other: value for other, value in described.items() if other != name}
    return described | {name: _bent(rng, described[name])}


def _multipart(rng: Random, fields: Fields) -> tuple[str, bytes]:
    boundary = rng.choice(["frontier", "f" * 70, "-"])
    parts = [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode(
            errors="surrogatepass"
        )
        for name, value in fields
    ]
    name = rng.choice(["photo", "file", "x", ""])
    named = rng.choice(["a.jpg", "../../a.jpg", "a\0.jpg", "", "a" * 500, "CON", 'a".jpg', "a.csv"])
    kind = rng.choice(["image/jpeg", "text/csv", "nonsense", "text/plain; charset=nonsense"])
    content = rng.choice([jpeg(), b"", b"\x89PNG\r\n", b"%PDF-1.7", b"PK\3\4", rng.randbytes(3000)])
    head = f'Content-Disposition: form-data; name="{name}"; filename="{named}"\r\n'
    more = rng.choice(["", "Content-Transfer-Encoding: base64\r\n", "X" * 2000 + ": y\r\n"])
    parts.append(f"{head}Content-Type: {kind}\r\n{more}\r\n".encode() + content)
    mark = b"--" + boundary.encode()
    body = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"
    if rng.random() < 0.3:
        body = body[: rng.randrange(len(body))]
    return f"multipart/form-data; boundary={boundary}", body
