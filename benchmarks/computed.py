"""How long codes take that follow from the serial: `make bench-computed`.

A million random serials of each family are computed, and none may be left without a code. Serials
outside a family's limits are not drawn.
"""

import argparse
import random
import time
from collections.abc import Callable

from orders.retrieval.calculators import compute

LETTERS = "BCDEFGHIJKLMNOPQRSTUVWXYZ"  # A0 and two digits have no code
SERIALS: dict[str, Callable[[random.Random], str]] = {
    "ford_m": lambda drawn: f"M{drawn.randrange(10**6):06}",
    "renault_precode": lambda drawn: f"{drawn.choice(LETTERS)}{drawn.randrange(1000):03}",
    "nissan_bp": lambda drawn: f"BP{drawn.randrange(10**12):012}",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serials", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=13)
    options = parser.parse_args()
    for family, draw in SERIALS.items():
        drawn = random.Random(options.seed)
        serials = [draw(drawn) for _ in range(options.serials)]
        began, used = time.perf_counter(), time.process_time()
        missing = sum(compute(family, serial) is None for serial in serials)
        lasted, used = time.perf_counter() - began, time.process_time() - used
        assert not missing, f"{family}: {missing} serials have no code"
        print(f"{family:<16} {lasted:5.2f} s, of the processor {used:5.2f} s")


if __name__ == "__main__":
    main()
