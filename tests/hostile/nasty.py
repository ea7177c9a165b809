"""What is never typed by mistake: values, headers and bodies that have broken other programs."""

import json
from random import Random

VALUES = [
    "", " ", "\0", "a\0b", "\x08\x0b\x1b[2J", "\r\nBcc: everybody@evil.example", "\n", "\u2028",
    "-1", "0", "1e999", "-1e999", "NaN", "Infinity", "9" * 25, "-9223372036854775809", "9" * 5000,
    "0x7f", "1_000", "٣٤", "²", "1.5", "1,5", "true", "null", "[]", "{}", "[[[[[[[[", '{"a":',
    "../../../../etc/passwd", "..%2f..%2f", "file:///etc/passwd", "//evil.example/",
    "https://evil.example/", "javascript:alert(1)", "\\\\evil.example\\x", "http://[::1",
    "http://a:b@c:99999/",
    "' OR 1=1 --", "'; DROP TABLE orders_order; --", "%", "_", "\\", "%s%n%x", "{0.__class__}",
    "{{ 7|add:7 }}", "{% include 'x' %}", "${7*7}", "<script>alert(1)</script>", "\"'><img src=x>",
    "\ud800", "\U0010ffff", "e\u0301" * 50, "\u202egnp.exe", "Ⅷ", "ﬁ", "İ", "ß", "I" * 300,
    "💥" * 100,
    "2026-99-99", "0000-00-00", "99999-01-01", "24:61", "9999-12-31T23:59:60+99:99",
    "00000000-0000",
    "a@b", "a@" + "b" * 300 + ".example", "anna@example.com\r\nBcc: x@evil.example",
    "=cmd|' /C calc'!A0",
    "(" * 500, "a" * 70_000, "BP" + "1" * 60, "RC-0000-0000", ".", "..", "-", "__proto__",
    "é" * 200,
]  # fmt: skip

# fields that no form offers to strangers
PRIVILEGED = {
    "status": "delivered", "price": "0", "amount": "0", "is_paid": "on", "is_staff": "on",
    "is_superuser": "on", "token": "x", "number": "RC-0000-0000", "order": "1",
    "due_at": "2001-01-01",
    "attention": "", "radio": "1", "_method": "DELETE", "id": "1", "pk": "1",
}  # fmt: skip

QUERY = [
    "page", "p", "o", "q", "e", "all", "_facets", "_popup", "_to_field", "_changelist_filters",
    "id",
    "id__exact", "status__exact", "created_at__gte", "next", "session_id", "v", "model", "shows",
    "serial", "currency", "app_label", "model_name", "field_name", "term", "list", "year", "tab",
]  # fmt: skip

HEADERS = {
    "Host": [
        "evil.example", "localhost:99999", "localhost:abc", "[::1", "", "a" * 300, "local_host",
    ],
    "X-Forwarded-Host": ["evil.example", "evil.example, localhost"],
    "X-Forwarded-For": ["", ",", "999.1.1.1", "::1%eth0", "a" * 5000, "1.2.3.4, unknown", "\xff"],
    "X-Forwarded-Proto": ["http", "https", "gopher", "https,http"],
    "Content-Type": [
        "", "text", "multipart/form-data", "multipart/form-data; boundary=",
        "multipart/form-data; boundary=" + "a" * 300, "application/json; charset=nonsense",
        "application/x-www-form-urlencoded; charset=utf-7", "multipart/form-data; boundary=\xff",
        "application/x-www-form-urlencoded; charset=idna", ";;;;=", "text/plain; charset=utf-16",
        "multipart/mixed; boundary=x", "application/xml", "application/x-www-form-urlencoded; a=\"",
    ],
    "Accept": ["", "text/*;q=abc", "*/*;q=1e999", "image/webp", "a" * 3000],
    "Accept-Encoding": [
        "br;q=x", ";;;", "gzip;q=0, br;q=0", "identity", "*" * 200, "br" + ",br" * 500,
    ],
    "Accept-Language": ["", "xx-" * 200, "de;q=9", "../../de", "\xff"],
    "Authorization": ["Basic", "Basic !!!", "Basic /w==", "Bearer " + "a" * 2000, "Basic Og=="],
    "Cookie": [
        "a" * 3000, "=", ";;;;", "sessionid=\"\\000aaaaaaaaaa\"", "messages=\"\\000\"",
        "csrftoken=\xff",
        "sessionid=" + "a" * 300, "last_order=RC-1:x:y", "messages=[[1]]",
        "sessionid=\"\\355\\240\\200aaaaa\"",
        "csrftoken=short", "messages=W10:x:y",
    ],
    "If-None-Match": ["*", "\"", "W/", "\"a\", \"b\"", "a" * 3000],
    "If-Modified-Since": [
        "yesterday", "Thu, 32 Foo 99999 99:99:99 GMT", "Sun, 06 Nov 0000 08:49:37 GMT",
    ],
    "Range": [
        "bytes=0-", "bytes=-1", "bytes=5-1", "bytes=a-b", "bytes=" + "0-1," * 500, "lines=1-2",
    ],
    "Origin": ["null", "https://evil.example", "http://[", "\xff"],
    "Referer": ["http://[", "https://evil.example/", "\xff", "a" * 3000],
    "HX-Request": ["true", "maybe"],
    "HX-Current-URL": ["http://[::1", "javascript:alert(1)", "%ff", "\xff"],
    "HX-Current-URL-URI-AutoEncoded": ["true"],
    "HX-History-Restore-Request": ["true"],
    "HX-Target": ["\xff", "<b>"],
    "X-HTTP-Method-Override": ["DELETE"],
    "X-Requested-With": ["XMLHttpRequest"],
    "X-Request-ID": ["", "a" * 3000, "\xff", "x\ty"],
    "Traceparent": ["00-xyz", "\xff"],
    "Stripe-Signature": [
        "", "t=1,v1=x", "t=abc,v1=", "t=9" + "9" * 400 + ",v1=0", "v1=\xff", "t=,", "==,,",
    ],
    "User-Agent": ["", "\xff", "a" * 3000, "'; DROP TABLE x; --"],
    "Expect": ["100-continue", "200-ok"],
}  # fmt: skip

METHODS = ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", "PROPFIND", "X" * 20]


def json_body(rng: Random) -> bytes:
    depth = rng.choice([1, 3000, 200_000])
    return rng.choice([
        b"[" * depth, b'{"a":' * depth + b"1" + b"}" * depth, b"", b"null", b"[]", b"1e999", b"NaN",
        b'"\\ud800"', b'"\\u0000"', b'{"a":1,"a":2}', b"\xef\xbb\xbf{}", b"\xff\xfe{\0}\0",
        b"9" * 6000,
        json.dumps({"id": rng.choice(VALUES), "type": rng.choice(VALUES), "data": []}).encode(),
        json.dumps([{"a" * 1000: list(range(5000))}]).encode(),
    ])  # fmt: skip


def bend(rng: Random, path: str) -> str:
    """A path that was tampered with, percent-encoded."""
    parts = path.split("/")
    place = rng.randrange(1, len(parts))
    parts[place] = rng.choice([
        "%00", "%ff", "%C0%AF", "..", "%2e%2e", ".%2e%2f", "", "%2f", ";a=b",
        "%0d%0aSet-Cookie:%20a=b",
        "9" * 30, "-1", "a" * 300, "%F0%9F%92%A5", "%25%32%65", "*", "~root", ".env", ".git",
        "%ED%A0%80",
        "%5c..%5c", "0", "1.5", "_5F", "admin", "%3Fx", "%23", "\xff", "null", "RC-0000-0000",
        parts[place].upper(), parts[place] + "%20", parts[place] + "/", parts[place] + "%00",
    ])  # fmt: skip
    bent = "/".join(parts)
    return rng.choice([bent, bent, bent.rstrip("/"), "//" + bent, bent + "a" * 3000])
