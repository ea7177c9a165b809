"""Ford radios with a serial of M and six digits.

A row of the table is chosen by a digit of the serial, the last digit first. Limits: exactly six
digits, with the M before them; without it, a number may be of a V radio, which has other codes.
"""

import re

from orders.retrieval.calculators.base import Computed

SERIAL = re.compile(r"M([0-9]{6})")
TABLE = (
    (9, 5, 3, 4, 8, 7, 2, 6, 1, 0),
    (2, 1, 5, 6, 9, 3, 7, 0, 4, 8),
    (0, 4, 7, 3, 1, 9, 6, 5, 8, 2),
    (5, 6, 4, 1, 2, 8, 0, 9, 3, 7),
    (6, 3, 1, 2, 0, 5, 4, 8, 7, 9),
    (4, 0, 8, 7, 6, 1, 9, 3, 2, 5),
    (7, 8, 0, 5, 3, 2, 1, 4, 9, 6),
    (1, 9, 6, 8, 7, 4, 5, 2, 0, 3),
    (3, 2, 9, 0, 4, 6, 8, 7, 5, 1),
    (8, 7, 2, 9, 5, 0, 3, 1, 6, 4),
)
NEXT = tuple(tuple(cell + 1 for cell in row) for row in TABLE)


def compute(serial: str) -> Computed | None:
    match = SERIAL.fullmatch(serial)
    return Computed(_code(*map(int, match[1]))) if match else None


def _code(sixth: int, fifth: int, fourth: int, third: int, second: int, first: int) -> str:
    a, b, c = TABLE[first][5], TABLE[second][3], TABLE[third][8]
    d, e, f = TABLE[fourth][2], TABLE[fifth][1], TABLE[sixth][6]
    g = TABLE[0][9]
    ba = NEXT[b][a]
    w = NEXT[(ba * NEXT[f][b] + NEXT[d][c] * NEXT[g][e] + TABLE[a][d]) % 10][5]
    x = NEXT[(ba * NEXT[e][d] + NEXT[e][b] * NEXT[g][c] + TABLE[a][f]) % 10][1]
    y = NEXT[(ba * NEXT[d][b] + NEXT[c][f] * NEXT[g][d] + TABLE[a][e]) % 10][8]
    z = NEXT[(ba * NEXT[f][c] + NEXT[c][g] * NEXT[b][e] + TABLE[d][a]) % 10][0]
    digits = (y * z + 108, w * y + 103, x * z + 102, w * x + 105)
    return "".join([str((each // 10 + each + a) % 10) for each in digits])
