"""What the check of a serial costs: `make bench-serials`, or `python -m benchmarks.serial_check`.

CPU of the whole live check, from the request to the rendered answer, for what owners type; and of
recognition alone, for the worst that fits into the field. In one process, so that nothing else of
the shop is measured.
"""

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from benchmarks.pages import SETTINGS, prepare
from tests.servers import Servers

TYPED = [
    ("nissan", "BP538469512132"),
    ("nissan", "BP61034271880S"),
    ("nissan", "BP5384"),
    ("nissan", "7 612 830 042"),
    ("ford", "M471638"),
    ("ford", "SN: SOCD1X8V061308"),
    ("ford", "serial number is M471638"),
    ("renault-dacia", "281155216RT V323"),
    ("volkswagen", "VWZ1Z2H74426O1"),
    ("volkswagen", "AUZ1Z2H2535587"),
    ("peugeot-citroen", "CL040161046716C"),
    ("vauxhall-opel", "GM020317618699"),
    ("honda", "U: 2200 L: 0055"),
    ("fiat", "PANDA1"),
]
ALPHABET = "ABDGILOQSZ0125689"  # the characters that are taken for others
WORST = 200  # characters


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stores = Servers("redis", "postgres")
        stack.callback(stores.stop)
        limits = {"REQUESTS_PER_MINUTE": "serials=1000000"}
        os.environ.update(SETTINGS | stores.addresses | {"STATIC_ROOT": str(folder)} | limits)
        prepare()
        os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
        import django

        django.setup()
        whole_check(options.rounds)
        recognition()
        from django.db import connection

        connection.close()


def whole_check(rounds: int) -> None:
    from django.test import Client

    client = Client(headers={"host": "localhost"})
    costs: dict[tuple[str, str], list[float]] = {case: [] for case in TYPED}
    for turn in range(rounds + 1):  # one more, in which everything is loaded and compiled
        for case in random.sample(TYPED, len(TYPED)):
            brand, typed = case
            url, data = f"/order/{brand}/serial/", {"serial": typed, "shows": "code"}
            began = time.process_time()
            response = client.post(url, data)
            cost = time.process_time() - began
            assert response.status_code == 200, response.status_code
            if turn:
                costs[case].append(cost * 1000)
    print("ms of CPU, median")
    for (brand, typed), values in costs.items():
        print(f"{statistics.median(values):8.2f}  {brand:16} {typed}")
    print(f"{statistics.median(sum(costs.values(), [])):8.2f}  all")


def worst() -> list[str]:
    draw = random.Random(1)
    lengths = [7, 14, 17, 20, 40, WORST]
    texts = ["".join(draw.choices(ALPHABET, k=length)) for length in lengths for _ in range(30)]
    texts += ["BP" + "".join(draw.choices(ALPHABET, k=length)) for length in lengths]
    texts += [" ".join("".join(draw.choices(ALPHABET, k=size)) for _ in range(WORST // (size + 1)))
              for size in (1, 2, 3, 4, 5, 7, 14)]  # fmt: skip
    texts += ["8" * WORST, "O" * WORST, "BP1 " * 50, "S/N " * 50, "VWZ1Z2H7442 " * 16]
    return [text[:WORST] for text in texts]


def recognition() -> None:
    from guides.models import Brand
    from orders.forms.serial import read_serial

    print(f"\nrecognition, of {WORST} characters at most: ms of CPU, the worst")
    for brand in Brand.objects.all():
        costs = [_cost(partial(read_serial, text, brand)) for text in worst()]
        print(f"{max(costs):8.3f}  {brand.slug}")


def _cost(call: Callable[[], object]) -> float:
    """The least of several, as nothing makes it faster than it is."""
    call()
    times = []
    for _ in range(5):
        began = time.process_time()
        for _ in range(5):
            call()
        times.append((time.process_time() - began) / 5 * 1000)
    return min(times)


if __name__ == "__main__":
    main()
