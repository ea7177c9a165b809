"""The whole shop as production runs it, on stores from packages, beside a stand-in for Stripe.

Everything is a process of its own but the mail server, which is here: the measurement sees each
mail come in.
"""

import os
import re
import signal
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from html import unescape
from itertools import count
from pathlib import Path
from typing import NamedTuple

import httpx
import psycopg
import redis

from benchmarks.pages import SETTINGS, prepare, wait_for
from benchmarks.processes import parent
from orders.retrieval.calculators import compute
from sandbox.inbox import Inbox
from tests.servers import ROOT, Servers, free_port

CARD = {
    "method": "card", "number": "4242424242424242", "expiry": "12 / 34", "cvc": "123",
    "country": "DE", "email": "a.customer@example.com", "name": "A. Customer",
}  # fmt: skip
FIELD = re.compile(r'<input[^>]*name="(csrfmiddlewaretoken|form_key)"[^>]*value="([^"]+)"')
SSL = ssl.create_default_context()  # made once: it takes longer than a request


class Placed(NamedTuple):
    """An order that waits for its payment."""

    email: str
    session: str


class Stack:
    """The stores, Stripe and the mail server run from the beginning; `web` and `workers` are asked
    for. Everything ends with the ExitStack."""

    def __init__(self, stack: ExitStack, **settings: str) -> None:
        signal.signal(
            signal.SIGTERM, lambda *_: sys.exit(1)
        )  # so that its processes do not outlive it
        self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stores = Servers("redis", "postgres")
        stack.callback(stores.stop)
        self.inbox = stack.enter_context(Inbox())
        self.port, stripe_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        stripe = f"http://127.0.0.1:{stripe_port}"
        self.at_stripe = stack.enter_context(httpx.Client(base_url=stripe, timeout=30))
        os.environ.update(
            SETTINGS
            | stores.addresses
            | {
                "STATIC_ROOT": str(self.folder / "static"),
                "ALLOWED_HOSTS": "127.0.0.1,localhost",
                "SITE_URL": self.url,
                "STRIPE_API_BASE": stripe,
                "EMAIL_URL": f"smtp://127.0.0.1:{self.inbox.smtp_port}",
                "TRUSTED_PROXIES": "1",  # each customer comes from an address of their own
                "VELOCITY_SERIALS": "100000",  # but all pay with one card
                "VAT_RATE": "19",
                "SELLER_VAT_NUMBER": "XX000000000",
            }
            | settings
        )
        self.database = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
        stack.callback(self.database.close)
        self.customers = count(1)
        prepare()
        self.stripe = stack.enter_context(
            self.run(
                "stripe", "sandbox.stripe", f"--port={stripe_port}",
                f"--webhook-url={self.url}/stripe/webhook/",
                f"--webhook-secret={SETTINGS['STRIPE_WEBHOOK_SECRET']}",
                f"--secret-key={SETTINGS['STRIPE_SECRET_KEY']}", port=stripe_port,
            )
        )  # fmt: skip
        self.manage("stripe_setup")

    # ------------------------------------------------------------------ its processes
    @contextmanager
    def run(self, name: str, *command: str, port: int = 0, **settings: str) -> Iterator[int]:
        """A process of the shop, until the block ends. Returns its id."""
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *command], cwd=ROOT, env=os.environ | settings,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            if port:
                wait_for(port, process)
            yield process.pid
        finally:
            process.terminate()
            process.wait(60)

    @contextmanager
    def web(self, processes: int = 2, port: int = 0) -> Iterator[int]:
        """At the shop's own address, or at a port beside it."""
        port = port or self.port
        config = ("--config=python:shop.gunicorn", f"--workers={processes}")
        bind = f"--bind=127.0.0.1:{port}"
        with self.run("web", "gunicorn", *config, bind, "shop.wsgi", port=port) as pid:
            yield pid

    @contextmanager
    def workers(self, processes: int = 2) -> Iterator[tuple[int, int]]:
        """Celery's worker and beat, as the README starts them."""
        queues = ("--queues=orders,mail,sweep", f"--concurrency={processes}")
        app = ("celery", "--app=shop")
        with (
            self.run("worker", *app, "worker", *queues) as worker,
            self.run("beat", *app, "beat", "--pidfile=") as beat,
        ):
            yield worker, beat

    def manage(self, *command: str) -> None:
        manage = [sys.executable, "manage.py", *command]
        subprocess.run(manage, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

    def stores(self) -> dict[str, int]:
        """PostgreSQL's and Redis's processes."""
        backend = self.database.info.backend_pid
        client = redis.Redis.from_url(os.environ["REDIS_URL"])
        return {"PostgreSQL": parent(backend), "Redis": int(client.info("server")["process_id"])}

    # ------------------------------------------------------------------ its customers
    def know(self, codes: int) -> None:
        """Fill the code book with the codes of the next customers' radios."""
        file = self.folder / "list.csv"
        with file.open("w") as lines:
            lines.write("brand;serial;code\n")
            lines.writelines(
                f"nissan;{serial_of(each)};{code_of(each)}\n" for each in range(1, codes + 1)
            )
        self.manage("import_codes", str(file))

    def place(self, orders: int, at_once: int = 4) -> list[Placed]:
        """Fill in the order form so often, each time as another customer."""
        customers = [next(self.customers) for _order in range(orders)]
        with ThreadPoolExecutor(at_once) as threads:
            return list(threads.map(self._order, customers))

    def _order(self, customer: int) -> Placed:
        email = f"customer{customer}@example.com"
        answers = {
            "shows": "code", "serial": serial_of(customer), "email": email, "is_owner": "on",
            "consent": "on",
        }  # fmt: skip
        headers = {"Origin": self.url, "X-Forwarded-For": address_of(customer)}
        with httpx.Client(base_url=self.url, headers=headers, verify=SSL, timeout=30) as browser:
            form = browser.get("/order/nissan/").raise_for_status()
            hidden = {name: unescape(value) for name, value in FIELD.findall(form.text)}
            answer = browser.post("/order/nissan/", data=hidden | answers)
        assert answer.status_code == 303, (answer.status_code, answer.text)
        return Placed(email, answer.headers["Location"].rpartition("/")[2])

    def pay(self, order: Placed) -> None:
        """Pay on Stripe's page without coming back, so that only the webhook reports it."""
        answer = self.at_stripe.post(f"/c/pay/{order.session}", data=CARD)
        assert answer.status_code == 303, answer.text

    def number_of(self, order: Placed) -> str:
        found = "SELECT number FROM orders_order WHERE email = %s"
        return str(self.database.execute(found, [order.email]).fetchall()[0][0])

    def control_stripe(self, name: str, **arguments: object) -> None:
        self.at_stripe.post(f"/_control/{name}", json=arguments).raise_for_status()


def serial_of(customer: int) -> str:
    return f"BP{customer:012}"


def code_of(customer: int) -> str:
    found = compute("nissan_bp", serial_of(customer))
    assert found
    return found.code


def address_of(customer: int) -> str:
    return f"10.{customer >> 16 & 255}.{customer >> 8 & 255}.{customer & 255}"
