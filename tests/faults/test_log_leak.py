"""Nothing that only a customer, staff or the shop may know stands in any log, whatever happens.

Web, worker and beat do all that a shop does. Then everything that they printed is searched for
serials, codes, addresses, tokens and keys, however they may be written.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from django.conf import settings

from orders.models import Order
from sandbox.inbox import Inbox
from sandbox.stripe import StripeStandIn
from sandbox.supplier import SupplierStandIn
from tests.steps.leaks import found_in
from tests.steps.marks import WITH_PROCESSES
from tests.steps.processes import Shop
from tests.steps.whole_day import (
    KEYS,
    MAIL_PASSWORD,
    MAILS,
    SERIALS,
    TYPED,
    Town,
    all_that_happens,
    fill_the_shop,
)

pytestmark = WITH_PROCESSES


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox(password=MAIL_PASSWORD) as running:
        yield running


@pytest.fixture
def town(tmp_path: Path, inbox: Inbox, settings: Any) -> Iterator[Town]:
    settings.CODE_KEYS, settings.HASH_KEYS = [KEYS["CODE_KEYS"]], [KEYS["HASH_KEYS"]]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    fill_the_shop()
    with (
        StripeStandIn(
            api_key=KEYS["STRIPE_SECRET_KEY"], webhook_secret=KEYS["STRIPE_WEBHOOK_SECRET"]
        ) as stripe,
        SupplierStandIn(api_key=KEYS["PELOCK_API_KEY"]) as supplier,
        Shop(tmp_path, stripe, inbox) as shop,
    ):
        shop.environment |= KEYS | {
            "PELOCK_API_URL": supplier.url,
            "EMAIL_URL": f"smtp://shop:{MAIL_PASSWORD}@127.0.0.1:{inbox.smtp_port}",
            "ORDERS_PER_ADDRESS_HOUR": "100",
            "VELOCITY_SERIALS": "100",
            "CIRCUIT_LASTS": "1",
            "CLAIM_LASTS": "60",  # no process is killed
        }
        town = Town(shop, stripe, supplier)
        with town.customer.client, town.staff.client:
            yield town


def all_secrets() -> dict[str, str]:
    secrets = {**KEYS, "MAIL_PASSWORD": MAIL_PASSWORD, **TYPED}
    secrets |= {f"serial, {way}": serial for way, serial in SERIALS.items()}
    secrets |= {f"mail, {way}": mail for way, mail in MAILS.items()}
    secrets |= {f"name, {way}": mail.partition("@")[0] for way, mail in MAILS.items()}
    for order in Order.objects.all():
        secrets[f"token, {order.email}"] = order.token
        for code in order.codes.all():
            secrets[f"code, {order.email}"] = code.digits
    return secrets


def in_redis() -> str:
    store = redis.Redis.from_url(settings.REDIS_URL)
    readers: dict[Any, Any] = {
        b"string": store.get, b"list": lambda key: store.lrange(key, 0, -1), b"set": store.smembers,
        b"hash": store.hgetall, b"zset": lambda key: store.zrange(key, 0, -1),
    }  # fmt: skip
    return str([(key, readers[store.type(key)](key)) for key in store.scan_iter()])


def lines_of(log: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.splitlines() if line.startswith("{")]


@pytest.mark.parametrize(("level", "form"), [("DEBUG", "plain"), ("INFO", "json")])
def test_no_log_holds_a_secret(town: Town, inbox: Inbox, level: str, form: str) -> None:
    town.shop.environment |= {"LOG_LEVEL": level, "LOG_FORMAT": form}
    town.shop.environment["GUNICORN_CMD_ARGS"] = f"--log-level {level.lower()}"
    all_that_happens(town, inbox)
    metrics = httpx.get(f"{town.shop.url}/metrics").text
    town.shop.stop()

    logs = {process.name: process.log.read_text() for process in town.shop.processes}
    assert "IntegrityError" in logs["web"] and "IntegrityError" in logs["worker"]
    cookies = {f"cookie {each.name}": str(each.value) for each in town.staff.client.cookies.jar}
    secrets = all_secrets() | cookies
    assert {name: found_in(log, secrets) for name, log in logs.items()} == dict.fromkeys(logs, [])
    assert found_in(in_redis(), secrets) == []
    assert "shop_orders{" in metrics and found_in(metrics, secrets) == []
    if form == "json":
        an_order_can_be_followed(logs)


def an_order_can_be_followed(logs: dict[str, str]) -> None:
    """By its number through the logs of all, and from a request to the work that it led to."""
    web, worker = lines_of(logs["web"]), lines_of(logs["worker"])
    assert len(web) == len(logs["web"].splitlines())
    fields = {"method", "route", "status", "ms", "request_id"}
    asked = [line for line in web if line["logger"] == "shop.access" and "order" in line]
    assert asked and all(fields <= set(line) for line in asked)
    failed = [line for line in worker if line.get("kind") and line["level"] == "ERROR"]
    assert failed and all({"task", "task_id", "row", "order"} <= set(line) for line in failed)
    assert {line["order"] for line in failed} <= {line["order"] for line in asked}
    caused = {line["request_id"] for line in worker if "request_id" in line}
    assert caused & {line.get("request_id") for line in web}
