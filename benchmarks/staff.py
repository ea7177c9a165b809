"""What staff wait for with few orders and with many: `make bench-staff`, or `python -m
benchmarks.staff --old 1000 200000`.

The admin's start page, the desk's list, the list of orders, searches, one order and one at the
desk, asked in turn in this process, on a PostgreSQL of its own. Orders of former years are copies
of one that was delivered; some wait at the desk besides. The nightly figures are written, too.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.old_orders import OldOrders
from benchmarks.pages import SETTINGS, prepare
from tests.servers import Servers

AT_DESK = 40


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--old", type=int, nargs="+", default=[1_000, 1_000_000])
    parser.add_argument("--times", type=int, default=15, help="each page is asked for")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        stores = Servers("redis", "postgres")
        stack.callback(stores.stop)
        os.environ.update(SETTINGS | stores.addresses | {"STATIC_ROOT": str(Path(folder))})
        os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
        prepare()
        import django

        django.setup()
        measure(options.old, options.times)


def measure(sizes: list[int], times: int) -> None:
    from orders.figures import write_days

    number, waiting = make_orders()
    old = OldOrders(os.environ["DATABASE_URL"], number)
    results: dict[int, dict[str, float]] = {}
    for size in sorted(sizes):
        took = old.make(size)
        began = time.perf_counter()
        days = write_days()
        print(f"{size:,} orders: made in {took:.0f} s; figures of {days} days written in "
              f"{time.perf_counter() - began:.1f} s", flush=True)  # fmt: skip
        results[size] = medians(pages(number, waiting, size), times)
    report(results)


def make_orders() -> tuple[str, int]:
    """Make one delivered order, to be copied, and some at the desk; return their number and id."""
    from django.utils import timezone

    from orders.models import Email, Radio
    from orders.models.receipt import issue_receipt
    from tests.steps.factories import make_code, make_order, make_payment

    radio = Radio.objects.filter(brand__slug="nissan").exclude(pattern="").first()
    now = timezone.now()
    times = {"ready_at": now + timedelta(seconds=4), "delivered_at": now + timedelta(seconds=6)}
    order = make_order(radio=radio, serial="BP610342718805", status="delivered", **times)
    make_code(order)
    payment = make_payment(
        order, status="captured", amount_captured=order.price, held_at=now, captured_at=now
    )
    issue_receipt(payment)
    Email.objects.create(order=order, mail="your_code", to=order.email, status="sent")
    for move in ("place", "find", "ready", "deliver"):
        order.write_history(move, "")
    for count in range(AT_DESK):
        waiting = make_order(
            radio=radio, serial=f"BP6103427{count:05}", status="with_staff",
            email=f"desk{count}@example.com",
        )  # fmt: skip
        make_payment(waiting, status="held", held_at=now)
    return order.number, waiting.pk


def pages(number: str, waiting: int, size: int) -> dict[str, str]:
    from orders.models import Order

    some = Order.objects.get(number=f"RC-{size // 2:09}")
    orders = "/admin/orders/order/"
    return {
        "start page": "/admin/",
        "desk list": f"{orders}desk/",
        "list of orders": orders,
        "search: number": f"{orders}?q={number}",
        "search: address": f"{orders}?q={some.email}",
        "search: serial": f"{orders}?q=BP610342700007",
        "search: part of an address": f"{orders}?q=desk{AT_DESK // 2}",
        "one order": f"{orders}{some.pk}/change/",
        "one order at the desk": f"{orders}{waiting}/desk/",
    }


def medians(asked: dict[str, str], times: int) -> dict[str, float]:
    """Milliseconds of each page, asked in turns after a first time."""
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client(headers={"host": "localhost"})
    client.force_login(
        User.objects.get_or_create(username="boss", is_staff=True, is_superuser=True)[0]
    )
    took: dict[str, list[float]] = {name: [] for name in asked}
    for turn in range(times + 1):
        for name, path in asked.items():
            seconds = clocked(lambda path=path: client.get(path))  # type: ignore[misc]
            if turn:
                took[name].append(seconds * 1000)
    return {name: statistics.median(each) for name, each in took.items()}


def clocked(ask: Callable[[], Any]) -> float:
    began = time.perf_counter()
    response = ask()
    took = time.perf_counter() - began
    assert response.status_code == 200, response.status_code
    return took


def report(results: dict[int, dict[str, float]]) -> None:
    sizes = list(results)
    print(f"\n{'ms, the median':30}" + "".join(f"{size:>12,}" for size in sizes) + f"{'times':>8}")
    for name, few in results[sizes[0]].items():
        each = [results[size][name] for size in sizes]
        print(f"{name:30}" + "".join(f"{ms:12.1f}" for ms in each) + f"{each[-1] / few:8.2f}")


if __name__ == "__main__":
    main()
