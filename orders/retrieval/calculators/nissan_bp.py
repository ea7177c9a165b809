"""Blaupunkt radios of Nissan with a serial of BP and twelve characters.

Limits: the fifth character after BP is a digit or an X; other letters, and serials that begin with
815BP, are not computed. Two rare kinds are confirmed by themselves: serials with an X, and those
that meet the exception of the method.
"""

import re

from orders.retrieval.calculators.base import Computed

SERIAL = re.compile(r"BP[0-9]([0-9]{3})([0-9X])([0-9]{7})")
WITH_X, EXCEPTION = "x", "exception"
TABLE = (
    (8, 0, 5, 7, 9, 2, 6, 1, 4, 3),
    (1, 2, 4, 9, 8, 3, 0, 6, 5, 7),
    (7, 8, 9, 4, 3, 6, 1, 0, 2, 5),
    (2, 9, 8, 0, 7, 5, 4, 3, 6, 1),
    (0, 4, 1, 5, 6, 7, 2, 9, 3, 8),
    (9, 6, 0, 1, 5, 4, 3, 7, 8, 2),
    (6, 7, 3, 8, 2, 1, 9, 5, 0, 4),
    (5, 3, 6, 2, 1, 0, 8, 4, 7, 9),
    (3, 1, 7, 6, 4, 8, 5, 2, 9, 0),
    (4, 5, 2, 3, 0, 9, 7, 8, 1, 6),
)


def compute(serial: str) -> Computed | None:
    match = SERIAL.fullmatch(serial)
    if match is None:
        return None
    code, is_exception = _code(*map(int, match[1] + match[3]))
    kind = EXCEPTION if is_exception else WITH_X if match[2] == "X" else ""
    return Computed(code, kind)


def _code(*n: int) -> tuple[str, bool]:
    """Return the code, and whether the exception of the method was met."""
    table = TABLE
    key = table[n[5]][n[0]]
    p1, q1 = table[n[6]][n[9]], table[n[1]][n[4]]
    p2, q2 = table[n[7]][p1], table[n[2]][q1]
    p3, q3 = table[n[8]][p2], table[n[3]][q2]
    p4, q4 = table[n[9]][p3], table[n[4]][q3]
    last = table[table[q3][q1]][table[p3][p1]]
    first = table[table[q4][p4]][key]
    second, third = table[table[q3][p3]][key], table[table[table[q4][q2]][table[p4][p2]]][key]
    if first == 0 and last == 0:
        return f"13{third}2", True
    return f"{first}{second}{third}{table[last][key]}", False
