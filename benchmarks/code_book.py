"""How fast the code book is filled and asked: `make bench-codes`, or `python -m
benchmarks.code_book --rows 100000`.

A list of codes is read by the shop's own command, into PostgreSQL, beside a bare COPY of as many
rows with the same bytes in the same run: once into a table with nothing, once into one with the
code book's indexes. Then the book is asked for a code, as an order asks it, in turns with a bare
SELECT by the same index: at 10,000 entries and at all of them.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.pages import SETTINGS, prepare
from orders.retrieval.calculators import compute
from tests.servers import ROOT, Servers

FEW = 10_000
COLUMNS = (
    "brand_id, serial_hash, family, family_hash, contents_encrypted, origin, came_with_id, added_at"
)
BARE = "CREATE TABLE {} (LIKE orders_codebookentry INCLUDING IDENTITY {})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--questions", type=int, default=2_000, help="to a book of each size")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stores = Servers("redis", "postgres")
        stack.callback(stores.stop)
        os.environ.update(SETTINGS | stores.addresses | {"STATIC_ROOT": str(folder)})
        prepare()
        os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
        import django

        django.setup()
        serials = random.Random(1).sample(range(10**12), FEW + options.rows)  # noqa: S311
        read(folder, serials[:FEW])
        few = ask(serials[:FEW], options.questions)
        took = read(folder, serials[FEW:])
        print_import(options.rows, took)
        print_look_ups({FEW: few, len(serials): ask(serials, options.questions)})


# ------------------------------------------------------------------ filling it
class Took(NamedTuple):
    seconds: float
    cpu: float
    megabytes: float  # at most, of the process


def read(folder: Path, serials: list[int]) -> Took:
    """A list of these serials, by the command, in a process of its own."""
    file = folder / "list.csv"
    with file.open("w") as lines:
        lines.write("brand;serial;code\n")
        lines.writelines(f"nissan;BP{n:012};{code_of(f'BP{n:012}')}\n" for n in serials)
    began = time.perf_counter()
    command = [sys.executable, "manage.py", "import_codes", str(file)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    said = process.stdout.read()
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode or f"{len(serials):,} added" not in said:
        raise RuntimeError(f"The list was not read: {said}")
    took = time.perf_counter() - began
    return Took(took, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def code_of(serial: str) -> str:
    found = compute("nissan_bp", serial)
    assert found
    return found.code


def copy(table: str, with_indexes: bool) -> float:
    """Seconds to COPY what the list became, as it lies ready in memory, into a bare table."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(BARE.format(table, "INCLUDING INDEXES" if with_indexes else ""))
        newest = "(SELECT max(id) FROM orders_import)"
        rows = f"SELECT {COLUMNS} FROM orders_codebookentry WHERE came_with_id = {newest}"  # noqa: S608
        with cursor.copy(f"COPY ({rows} ORDER BY id) TO STDOUT") as out:
            blocks = [bytes(block) for block in out]
        began = time.perf_counter()
        with cursor.copy(f"COPY {table} ({COLUMNS}) FROM STDIN") as into:
            for block in blocks:
                into.write(block)
        took = time.perf_counter() - began
        cursor.execute(f"DROP TABLE {table}")
    return took


def print_import(rows: int, took: Took) -> None:
    bare, indexed = copy("bare", False), copy("bare_indexed", True)
    print(f"\n{'filling':26}{'seconds':>9}{'rows/s':>10}{'to it':>7}")
    for name, seconds in (
        ("import_codes", took.seconds), ("COPY", bare), ("COPY, with its indexes", indexed),
    ):  # fmt: skip
        print(f"{name:26}{seconds:9.1f}{rows / seconds:10,.0f}{took.seconds / seconds:7.1f}")
    print(f"{rows:,} rows, {took.cpu:.1f} s of CPU and {took.megabytes:.0f} MB in the process")


# ------------------------------------------------------------------ asking it
class Asked(NamedTuple):
    shop: float  # seconds, the median
    bare: float


def ask(serials: list[int], questions: int) -> Asked:
    """As an order asks: from its encrypted serial to the code. Beside it, the SELECT alone."""
    from django.db import connection

    from guides.models import Brand
    from orders.lib import crypto
    from orders.models import Order, Radio
    from orders.retrieval.answers import Found
    from orders.retrieval.code_book import CodeBook

    brand = Brand.objects.get(slug="nissan")
    radio = Radio.objects.filter(brand=brand, prefix="BP").first()
    orders = [
        Order(brand=brand, radio=radio, serial_encrypted=crypto.encrypt(f"BP{serial:012}"))
        for serial in random.choices(serials, k=questions)  # noqa: S311
    ]
    statement = "SELECT contents_encrypted FROM orders_codebookentry WHERE serial_hash = %s"
    book = CodeBook()
    shop: list[float] = []
    bare: list[float] = []
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE orders_codebookentry")
        for order in orders:
            serial_hash = order.serial_hashes[0]

            def select(serial_hash: str = serial_hash) -> Any:
                cursor.execute(statement, [serial_hash])
                return cursor.fetchone()

            # who asks first meets a page that is not in memory
            ways: list[tuple[list[float], Callable[[], Any]]]
            ways = [(bare, select), (shop, lambda order=order: book.ask(order))]  # type: ignore[misc]
            for times, question in random.sample(ways, 2):
                began = time.perf_counter()
                answer = question()
                times.append(time.perf_counter() - began)
                assert answer and (isinstance(answer, Found) or times is bare)
    connection.close()
    return Asked(statistics.median(shop), statistics.median(bare))


def print_look_ups(asked: dict[int, Asked]) -> None:
    print(f"\n{'asking, entries':>16}{'shop us':>10}{'SELECT us':>11}{'to it':>7}")
    for entries, (shop, bare) in asked.items():
        print(f"{entries:16,}{shop * 1e6:10.0f}{bare * 1e6:11.0f}{shop / bare:7.1f}")
    few, many = asked.values()
    print(f"against {FEW:,} entries: {many.shop / few.shop:.2f}, SELECT {many.bare / few.bare:.2f}")


if __name__ == "__main__":
    main()
