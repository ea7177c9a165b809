"""Hostile requests sent through Django, in this process, and what must be true of each answer.

Each is undone afterwards, so that all meet the same shop, and any of them can be sent alone.
"""

import logging
import time
import traceback
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client

from tests.hostile.attacks import FORM, Attack, Attacker
from tests.hostile.cold import cold, empty_cache
from tests.hostile.lookups import lookup

# 503 means it: the shop does not sell for a while, or the database is away.
MEANT = {"/readyz/"}
SAFE = ("Content-Security-Policy", "Permissions-Policy", "X-Frame-Options", "Referrer-Policy",
        "X-Content-Type-Options", "Cross-Origin-Resource-Policy", "Cache-Control")  # fmt: skip
TOO_LONG = 30  # seconds, on a machine that does other things too


@dataclass
class Report:
    answers: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    slowest: list[tuple[float, str]] = field(default_factory=list)

    def note(self, attack: Attack, status: int, wrong: Iterable[str], took: float) -> None:
        self.answers[status] += 1
        self.wrong += [f"{each}: {attack}" for each in wrong]
        self.slowest = sorted([*self.slowest, (took, str(attack)[:150])], reverse=True)[:5]


class Onslaught:
    def __init__(self, seed: str, root: User) -> None:
        self.stranger = Client(raise_request_exception=False)
        self.staff = Client(raise_request_exception=False)
        self.staff.force_login(root)
        self.report = Report()
        self.pages: dict[tuple[str, bool], str] = {}
        self.attacker = Attacker(seed, self.look)

    def look(self, path: str, is_staff: bool) -> str:
        if (path, is_staff) not in self.pages:
            answer = self._undone(Attack(0, "GET", path, is_staff=is_staff))
            is_page = answer.get("Content-Type", "").startswith("text/html")
            self.pages[path, is_staff] = answer.content.decode() if is_page else ""
        return self.pages[path, is_staff]

    def run(self, numbers: Iterable[int]) -> Report:
        return self._run(map(self.attacker.attack, numbers))

    def ask_lists(self, numbers: Iterable[int]) -> Report:
        return self._run(lookup(self.attacker.seed, number) for number in numbers)

    def ask_cold(self, numbers: Iterable[int]) -> Report:
        """Public pages, of which none is kept: each has to be as if nothing odd came along."""
        return self._run((cold(self.attacker.seed, number) for number in numbers), is_cold=True)

    def _run(self, attacks: Iterable[Attack], *, is_cold: bool = False) -> Report:
        self.report = Report()
        before = logging.root.manager.disable
        logging.disable(logging.CRITICAL)
        try:
            for attack in attacks:
                if is_cold:
                    empty_cache()
                    self._try(attack, self._plain(attack))
                else:
                    self._try(attack)
        finally:
            logging.disable(before)
        return self.report

    @cache  # noqa: B019
    def _plain_page(self, method: str, path: str) -> bytes:
        return bytes(self._undone(Attack(0, method, path)).content)

    def _plain(self, attack: Attack) -> bytes:
        page = self._plain_page(attack.method, attack.path)
        empty_cache()
        return page

    def _try(self, attack: Attack, expected: bytes | None = None) -> None:
        began = time.monotonic()
        try:
            answer = self._undone(attack)
        except Exception as error:
            self.report.note(attack, 0, [_described(error)], time.monotonic() - began)
            return
        took = time.monotonic() - began
        wrong = wrong_with(answer, attack, took)
        if expected is not None and (answer.status_code, answer.content) != (200, expected):
            wrong.append(f"{answer.status_code}, and not the page that others get")
        if expected is not None and (answer.cookies or "Set-Cookie" in answer.headers):
            wrong.append("a public page with a cookie")
        self.report.note(attack, answer.status_code, wrong, took)

    def _undone(self, attack: Attack) -> Any:
        with transaction.atomic():
            answer = self._send(attack)
            transaction.set_rollback(True)
        return answer

    def _send(self, attack: Attack) -> Any:
        client = self.staff if attack.is_staff else self.stranger
        environ = {_key(name): value for name, value in attack.headers.items()}
        if "charset" in environ.get("CONTENT_TYPE", ""):  # for shop/wsgi.py, which tests go past
            environ["CONTENT_TYPE"] = FORM
        if attack.is_staff:  # signed in, and something hostile beside it
            own = f"{settings.SESSION_COOKIE_NAME}={client.session.session_key}"
            environ["HTTP_COOKIE"] = f"{own}; {environ.get('HTTP_COOKIE', '')}"
        path = unquote_to_bytes(attack.path.encode("latin-1")).decode("latin-1")
        first, second, third = attack.number >> 16, attack.number >> 8, attack.number
        more: dict[str, Any] = {
            "content_type": environ.pop("CONTENT_TYPE", ""),
            "PATH_INFO": path,
            "QUERY_STRING": attack.query,
            # many that ask once: otherwise all but the first would get a 429
            "REMOTE_ADDR": f"10.{first & 255}.{second & 255}.{third & 255}",
        }
        answer = client.generic(attack.method, "/", attack.body, **more | environ)
        client.cookies.clear()
        if attack.is_staff:
            client.cookies[settings.SESSION_COOKIE_NAME] = own.partition("=")[2]
        return answer


def _key(name: str) -> str:
    """As WSGI calls a header."""
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


def wrong_with(answer: Any, attack: Attack, took: float) -> list[str]:
    wrong = []
    is_meant = answer.status_code == 503 and (
        attack.path in MEANT or b"not taking orders" in answer.content
    )
    if answer.status_code >= 500 and not is_meant:
        kind, error, _trace = answer.exc_info or (None, None, None)
        wrong.append(f"{answer.status_code} {_described(error) if error else kind}")
    wrong += [f"no {name}" for name in SAFE if not answer.get(name)]
    if "no-store" not in answer["Cache-Control"] and "/orders/" in attack.path:
        wrong.append("an order's page may be kept")
    if answer.status_code == 405 and not answer.get("Allow"):
        wrong.append("405 without Allow")
    wrong += [f"{name} from outside" for name in ("A", "Bcc") if name in answer.headers]
    host = urlsplit(answer.get("Location", "")).hostname
    if host and host != urlsplit(settings.STRIPE_API_BASE).hostname:
        wrong.append(f"leads to {host}")
    if took > TOO_LONG and "/differences/" not in attack.path:
        wrong.append(f"took {took:.0f} s")
    return wrong


def _described(error: BaseException) -> str:
    last = traceback.extract_tb(error.__traceback__)[-3:]
    return (
        f"{error!r}"[:300] + " by " + ", ".join(f"{each.filename}:{each.lineno}" for each in last)
    )
