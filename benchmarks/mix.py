"""Visitors of a shop as they come: 70 % read a guide, 20 % have a serial looked at while they type,
8 % look at their order, 2 % order. Each has an address of their own."""

import http.client
import random
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import urlencode

import psycopg

from benchmarks.stack import address_of, serial_of

SHARES = {"guide": 70, "serial check": 20, "order page": 8, "order": 2}
ANSWERS = {"order": 303}  # else 200
FORM = "/order/nissan/"
PAGES = 5_000  # orders that are looked at, drawn from all


@dataclass
class Town:
    """What can be asked for."""

    host: str  # as the shop knows itself
    guides: list[str]
    orders: list[str]
    visitors: "count[int]" = field(default_factory=lambda: count(1_000_000))

    @classmethod
    def of(cls, database: "psycopg.Connection[tuple[str, ...]]", host: str) -> "Town":
        guides = database.execute(
            "SELECT '/' || brand.slug || '/' || model.slug || '/' FROM guides_guide AS guide"
            " JOIN guides_carmodel AS model ON model.id = guide.car_model_id"
            " JOIN guides_brand AS brand ON brand.id = guide.brand_id WHERE guide.is_published"
        )
        orders = database.execute(
            "SELECT '/orders/' || number || '/' || token || '/' FROM orders_order"
            " WHERE status = 'delivered' ORDER BY random() LIMIT %s", [PAGES],
        )  # fmt: skip
        return cls(host, [path for (path,) in guides], [path for (path,) in orders])


@dataclass
class Tally:
    """Seconds that each answer took, by kind of request, and what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    lasted: float = 0.0

    @property
    def count(self) -> int:
        return sum(map(len, self.seconds.values()))


class Client:
    """One connection that is kept open, and a form's token."""

    def __init__(self, town: Town, port: int) -> None:
        self.town = town
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.headers = {
            "Host": town.host, "Origin": f"http://{town.host}", "Accept-Encoding": "br, gzip",
        }  # fmt: skip
        self.cookie = ""
        self._ask("GET", FORM)
        self.token = self.cookie.partition("=")[2]

    def ask(self, kind: str) -> None:
        """Raises ValueError for an answer that should be another."""
        visitor = next(self.town.visitors)
        serial = {"shows": "code", "serial": serial_of(visitor)}
        match kind:
            case "guide":
                status = self._ask("GET", random.choice(self.town.guides))  # noqa: S311
            case "order page":
                status = self._ask("GET", random.choice(self.town.orders))  # noqa: S311
            case "serial check":
                status = self._ask("POST", f"{FORM}serial/", serial)
            case _:
                status = self._ask("POST", FORM, serial | {
                    "form_key": str(uuid.uuid4()), "email": f"visitor{visitor}@example.com",
                    "is_owner": "on", "consent": "on",
                })  # fmt: skip
        if status != ANSWERS.get(kind, 200):
            raise ValueError(f"{kind}: {status}")

    def _ask(self, method: str, path: str, answers: dict[str, str] | None = None) -> int:
        headers = self.headers | {"X-Forwarded-For": address_of(random.randrange(1 << 24))}  # noqa: S311
        body = None
        if answers is not None:
            headers |= {
                "Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded",
            }  # fmt: skip
            body = urlencode(answers | {"csrfmiddlewaretoken": self.token})
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        answer.read()
        if path == FORM and method == "GET":
            self.cookie = answer.headers["Set-Cookie"].partition(";")[0]
        return answer.status


def let_them_come(
    town: Town, port: int, seconds: float, clients: int, draw: Callable[[], str]
) -> Tally:
    """As many at once, each asking again as soon as it has its answer."""
    tally = Tally()
    end = time.perf_counter() + seconds

    def come() -> None:
        client = Client(town, port)
        while (began := time.perf_counter()) < end:
            kind = draw()
            try:
                client.ask(kind)
            except (OSError, ValueError, http.client.HTTPException) as error:
                tally.errors.append(str(error) or type(error).__name__)
                client = Client(town, port)
            else:
                tally.seconds[kind].append(time.perf_counter() - began)

    threads = [threading.Thread(target=come) for _client in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tally.lasted = time.perf_counter() - began
    return tally


def anybody() -> str:
    return random.choices(list(SHARES), list(SHARES.values()))[0]  # noqa: S311
