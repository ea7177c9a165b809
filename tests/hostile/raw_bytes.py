"""Hostile requests as bytes, many of which are no HTTP, sent to a gunicorn of its own."""

import re
import socket
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from sandbox.inbox import Inbox
from sandbox.stripe import StripeStandIn
from tests.hostile.attacks import Attack, Attacker
from tests.hostile.onslaught import Report
from tests.steps.processes import Shop

STATUS = re.compile(rb"^HTTP/1\.[01] (\d{3}) ", re.MULTILINE)
PATIENCE = 15  # seconds
JUNK = (b"", b"\0", b"\r\n" * 50, b"\x16\x03\x01\x02\0\x01\0", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET", b"GET /", b"GET / HTTP/1.1", b"\xff" * 100, b"EHLO evil.example\r\n")  # fmt: skip
CHUNKS = (b"zz\r\nx\r\n", b"-1\r\n", b"5\r\nab", b"f" * 20 + b"\r\n", b"\r\n",
          b"3\r\na=b\r\n0\r\n\r\n", b"3;" + b"x" * 9000 + b"\r\n")  # fmt: skip


def assault(folder: Path, seed: str, root: User, numbers: Iterable[int]) -> Report:
    """Four at a time. Those signed in send no CSRF token, and change nothing."""
    staff = Client()
    staff.force_login(root)
    session = f"{settings.SESSION_COOKIE_NAME}={staff.session.session_key}"
    attacker = Attacker(seed, lambda path, is_staff: str(Client().get(path).content))
    attacker.slow.clear()
    attacks = [attacker.attack(number) for number in numbers]
    report = Report()
    with (
        StripeStandIn(api_key="sk_test_tests", webhook_secret="whsec_tests") as stripe,
        Inbox() as inbox,
        Shop(folder, stripe, inbox) as shop,
        ThreadPoolExecutor(4) as pool,
    ):
        # each request has a client network of its own: otherwise all but the first get a 429
        web = shop.start_web(TRUSTED_PROXIES="1", LOG_LEVEL="ERROR", EMAIL_URL="")
        sent = [(attack, written(attack, session, Random(f"{seed}/{attack.number}/bytes")))
                for attack in attacks]  # fmt: skip
        for attack, (took, answer) in zip(
            attacks, pool.map(lambda each: exchange(shop.port, each[1]), sent), strict=True
        ):
            status, wrong = judged(answer, took)
            report.note(attack, status, wrong, took)
        if not shop.is_alive():
            report.wrong.append("gunicorn is gone")
        log = web.log.read_text()
        report.wrong += [f"gunicorn says {line}" for line in log.splitlines() if bad(line)]
        web.log.write_text("")  # all of it was expected
    return report


def bad(line: str) -> bool:
    return "WORKER TIMEOUT" in line or "Error handling request" in line or "SIGKILL" in line


def written(attack: Attack, session: str, rng: Random) -> bytes:
    """The request as a browser would write it, and then some of it spoilt."""
    place = f"10.{attack.number >> 16 & 255}.{attack.number >> 8 & 255}.{attack.number & 255}"
    headers = {"Host": "localhost", "X-Forwarded-For": place} | attack.headers
    if attack.is_staff:
        headers["Cookie"] = f"{session}; {headers.get('Cookie', '')}"
    if attack.body:
        headers.setdefault("Content-Length", str(len(attack.body)))
    target = f"{attack.path}?{attack.query}" if attack.query else attack.path
    lines = [f"{attack.method} {target} HTTP/1.1", *(f"{name}: {v}" for name, v in headers.items())]
    lines.append("Connection: close")
    return spoilt(rng, [line.encode("latin-1", "replace") for line in lines], attack.body)


def spoilt(rng: Random, lines: list[bytes], body: bytes) -> bytes:
    method, target, *_ = lines[0].split(b" ")
    end = b"\r\n"
    match rng.randrange(24):
        case 0:
            lines[0] = rng.choice([method, target, method + b" " + target, lines[0] + b" x"])
        case 1:
            version = rng.choice([b"HTTP/0.9", b"HTTP/9.9", b"HTTP/1.0", b"http/1.1", b"HTTP/2"])
            lines[0] = method + b" " + target + b" " + version
        case 2:
            lines.append(rng.choice([b"no colon", b": no name", b"a b: c", b"A\0: b", b"A: b\0c"]))
        case 3:
            lines.append(b"X-Long: " + b"a" * rng.choice([8000, 9000, 70_000]))
        case 4:
            lines += [b"X-%d: y" % number for number in range(150)]
        case 5:
            lines.append(b" folded")
        case 6:
            end = b"\n"
        case 7:
            lines.append(b"Transfer-Encoding: " + rng.choice([b"chunked", b"gzip", b"identity"]))
        case 8:
            lines = [line for line in lines if not line.startswith(b"Content-Length")]
            lines.append(b"Transfer-Encoding: chunked")
            body = rng.choice(CHUNKS)
        case 9:
            lines.append(b"Content-Length: " + rng.choice([b"5", b"-1", b"9" * 30, b"0x1"]))
        case 10:
            lines[0] = (
                method + rng.choice([b" http://evil.example/ ", b" * ", b" ? "]) + b"HTTP/1.1"
            )
        case 11:
            lines.append(
                rng.choice([b"Host: evil.example", b"SCRIPT_NAME: /x", b"Script-Name: /x"])
            )
        case 12:
            return rng.choice(JUNK)
    whole = end.join(lines) + end * 2 + body
    match rng.randrange(12):
        case 0:
            return whole[: rng.randrange(len(whole))]
        case 1:
            spot = rng.randrange(min(len(whole), 400))
            return whole[:spot] + rng.randbytes(3) + whole[spot + 1 :]
        case 2:
            return whole + b"GET /healthz/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    return whole


def exchange(port: int, request: bytes) -> tuple[float, bytes]:
    """What comes back until the other side hangs up, and how long that took."""
    began, answer = time.monotonic(), b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as talk:
            talk.sendall(request)
            talk.shutdown(socket.SHUT_WR)
            while more := talk.recv(65536):
                answer += more
    except ConnectionError:  # it hung up on what it would not read
        pass
    except TimeoutError:
        answer += b"\nHTTP/1.1 598 silence\r\n"
    return time.monotonic() - began, answer


def judged(answer: bytes, took: float) -> tuple[int, list[str]]:
    """Its status, and what is wrong with it."""
    statuses = [int(found) for found in STATUS.findall(answer)]
    wrong = []
    if any(status >= 500 for status in statuses) and b"not taking orders" not in answer:
        wrong.append(f"{statuses} {answer[:200]!r}")
    head = answer.partition(b"\r\n\r\n")[0].lower()
    if re.search(rb"^(set-cookie: a=b|bcc:)", head, re.MULTILINE):
        wrong.append("a header from outside")
    return (statuses or [0])[0], wrong
