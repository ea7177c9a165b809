"""Pre-codes of a letter and three digits: Renault, Dacia, and cars that share their radios.

Limits: A0 and two digits have no code.
"""

import re

from orders.retrieval.calculators.base import Computed

SERIAL = re.compile(r"[A-Z][0-9]{3}")


def compute(serial: str) -> Computed | None:
    if not SERIAL.fullmatch(serial):
        return None
    letter, hundreds, tens, units = serial.encode("ascii")
    x = hundreds + 10 * letter - 698
    if x == 0:
        return None
    z = 7 * (units + 10 * tens + x - 528) % 100
    return Computed(f"{259 % x % 100:02}{z % 10}{z // 10}")
