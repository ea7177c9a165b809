"""Numbers and words that are no serial of any brand. What only one brand has lies with its radios.

They are compared after the shapes of serials: 815BP and 12 digits is as long as a car's number.
"""

import re
from functools import cache
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.serials.grammar import Grammar, Trap

# The first three characters of a car's number, which name its maker.
MAKERS = (
    "SA[JLRX]|SB1|SCC|SDB|SFD|SH[HS]|SJN|SJK|TM[ABKN]|TRU|TSM|TYA|U5Y|UU1|V(?:F[1-8]|R[1378]|NV|NK|"
    "N1|S[5-9SKX]|V9)|W0[LV]|WA[U1]|WUA|WV[WG1-4]|WD[ABCDFW]|W1[KNVTW]|WB[ASXY1]|WM[AWEX]|WP[01]|WF0|"
    "WFO|WME|X(?:4X|7[LM]|9[FL]|L[BCR]|TA|UU|W[8F])|Y(?:V[1-4]|S[23]|K1)|Z(?:F[AFC]|AR|LA|CF|GA|HW)|"
    "J[AFHMNST][0-9A-Z]|K(?:M[HFJ8]|N[ACEHM]|L[1AY]|PT)|[1-5][A-HJ-NPR-Z][0-9A-Z]|"
    "93[0-9A-Z]|9B[CDFGRW]|8A[CDFGPW]|M(?:DH|NT|A[1368JL]|M[BCT]|NB|R0|HF)|N(?:M[0T4]|LA|LH)|"
    "6[FGHT][0-9A-Z]|L[BFGHSV][0-9A-Z]"
)  # fmt: skip
VIN = rf"(?=.{{17}}$)(?:{MAKERS})[0-9A-Z]*"
# A car's number of a European maker, of which characters are missing in front.
VIN_TAIL = "(?:VW|V[12W]|AU|MB|SS|W|S)?ZZZ[0-9A-Z]{11}"
SHOWN = (
    "SAFE|SECURE|SECURITY|LOCKED|LOCK|WAIT|CODE|CODEIN|CODEOK|CODEERR|CODEERROR|ERR|ERROR|CANCHECK|CDE|"
    "INOP|OFF|DISABLED|ENTERCODE|RADIOSAFE|DISPLAYSAFE|NEW|CODEWAIT|PLEASEWAIT"
)  # fmt: skip
LABELS = (
    "SERIAL|SERIALNO|SERIALNUMBER|SERIALNR|SERIENNUMMER|SERIENNR|NUMERO|NUMERODESERIE|NUMERODISERIE|"
    "NUMBER|NODESERIE|NDESERIE|SN|SNR|SERNO|PRECODE|MATRICOLA|RADIO|RADIOCODE|NONE|UNKNOWN|TEST|"
    "MODEL|MODELNO|PARTNO|PARTNUMBER|LABEL|BARCODE"
)  # fmt: skip

FROM_LABEL = gettext_lazy(
    "The code belongs to the radio, not to the car. Type the serial from the radio's label."
)
BESIDE = gettext_lazy("The serial is on the same label.")
A_VIN = gettext_lazy("the car's number (VIN)")
A_PART = gettext_lazy("a part number")
A_MODEL = gettext_lazy("a model name")
A_PLATE = gettext_lazy("a registration plate")


def _trap(what: Any, tell: Any, *patterns: str, is_sure: bool = True) -> Trap:
    return Trap(what, "|".join(patterns), tell, is_sure, is_complete=False)


GENERAL = [
    _trap(A_VIN, FROM_LABEL, VIN, VIN_TAIL),
    _trap(A_VIN, FROM_LABEL, "[A-HJ-NPR-Z0-9]{17}", is_sure=False),
    Trap(
        gettext_lazy("a model name of Clarion"),
        r"P[NPU]\d{4}[A-Z]?",
        gettext_lazy("The serial on the same label begins with CL, PN or PP and is longer."),
    ),
    Trap(
        gettext_lazy("a model name of Daewoo"),
        r"AGC\d{2,4}[0-9A-Z]{0,3}",
        gettext_lazy("The serial on the same label begins with DW or DS."),
    ),
    Trap(
        gettext_lazy("a model number of Becker"),
        r"BE\d{4}",
        gettext_lazy("The serial on the same label has a letter and seven digits, or more."),
    ),
    _trap(A_MODEL, BESIDE, r"22(?:DC|RC|AR|RN)\d{3}[0-9A-Z]{0,5}"),  # Philips
    _trap(
        A_MODEL,
        BESIDE,
        r"[3-9][05]0[06](?:CD|RDS|E?ON|NE|MP3|TRAFFIC|MCD|E|6CD|SONY|VNR)+",  # Ford
        r"N?C(?:D|DC|DR|CR|CRT|AR|R|DRT)\d{2,4}(?:MP3|NAVI|USB|BT|OPERA|PLUS|PHONE|X|IPOD)*",
        r"(?:SC|DVD|NAVI)\d{2,4}[A-Z]{0,4}",  # Opel
        r"(?:RCD|RNS|RMT|RCN|RCC|MFD|MCD)\d{1,3}[A-Z]{0,4}|RNS[ED]",  # Volkswagen
        r"(?:RD|RB|RT|RTX|NG)\d{1,3}[A-Z]{0,2}",  # Peugeot, Citroën
        r"(?:GAMMA|BETA|ALPHA|DELTA|CHORUS|CONCERT|SYMPHONY|BOLERO|COLUMBUS|SWING)[0-9I]{0,3}",
        r"(?:BOSTON|LONDON|AUDIO|COMAND|TRAVELPILOT|MEDIANAV|UCONNECT)[0-9A-Z]{0,4}",
    ),
    Trap(
        gettext_lazy("a part number or device number"),
        r"7\d{9}",
        gettext_lazy("Ten digits starting with 7 are not the serial number, which is beside them."),
        is_complete=False,
    ),
    _trap(
        A_PART,
        BESIDE,
        r"(?:[0-9A-Z]{4,5}(?:10|14|18|19)|18)[A-Z]\d{3}[A-Z]{0,3}",  # Ford: 4M5T-18C815-AB
        r"[0-9][0-9A-Z]{2}(?:035|057|919|051)\d{3}[A-Z]{0,3}",  # Volkswagen: 1K0 035 186 AA
        r"(?:28[013]\d{2}|25915)[0-9A-Z]{5}",  # Nissan and Renault: 28185-AX600, 281155216R
        r"(?:8200|7700|7711)\d{6}",  # Renault
        r"39[015]\d{2}[0-9A-Z]{6,11}",  # Honda, Suzuki: 39101-SNA-A610
        r"9[68]\d{6}(?:\d{2}|[A-Z]{2})(?:[A-Z]{2}|\d{2})?",  # Peugeot, Citroën
        r"A?\d{3}(?:820|870|906)\d{4}(?:80)?|65\d{9}|86\d{3}[0-9A-Z]{5}",  # Mercedes, BMW, Toyota
        r"MR\d{6}|8701A\d{3}|P?0[45]\d{6}[A-Z]{2}|XQD\d{6}[A-Z]*|AMR\d{4}",
    ),
    _trap(
        gettext_lazy("a word from the display"),
        gettext_lazy("It says what state the radio is in."),
        rf"(?:\d{{1,2}})?(?:{SHOWN})\d{{0,4}}",
    ),
    _trap(
        gettext_lazy("a word of the label"),
        gettext_lazy("Type the number that follows it."),
        LABELS,
    ),
    _trap(gettext_lazy("a word"), gettext_lazy("A serial has digits."), "[A-Z]{4,}", is_sure=False),
    _trap(
        A_PLATE,
        FROM_LABEL,
        r"[A-Z]{2}\d{2}[A-Z]{3}|[A-Z]{2}\d{3}[A-Z]{2}|[A-Z]\d{3}[A-Z]{3}",
        r"\d{4}[BCDFGHJ-NPR-TV-Z]{3}",
        is_sure=False,
    ),
]
DAY, YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:(?:19|20)?\d\d)"
MONTH = r"(?:0?[1-9]|1[0-2]|(?:JAN|FEB|MAR|APR|MA[IY]|JUN|JUL|AUG|SEP|O[CK]T|NOV|DE[CZ])[A-Z]{0,6})"
# Of what was typed with its separators.
WRITTEN = [
    _trap(
        gettext_lazy("a date"),
        BESIDE,
        rf"{DAY}[-./ ]{MONTH}[-./ ]{YEAR}",
        rf"(?:19|20)\d\d[-./]{MONTH}[-./]{DAY}",
        is_sure=False,
    ),
    _trap(
        A_PLATE,
        FROM_LABEL,
        r"[A-ZÄÖÜ]{1,3}-[A-Z]{1,2}[- ]?\d{1,4}[EH]?",
        r"[A-Z]{2}-\d{3}-[A-Z]{2}|\d{1,2}-[A-Z]{2,3}-\d{1,2}",
        is_sure=False,
    ),
]


@cache
def _compiled(pattern: str) -> "re.Pattern[str]":
    return re.compile(pattern, re.ASCII if pattern.isascii() else 0)


@cache
def _any_general() -> "re.Pattern[str]":
    return re.compile("|".join(f"(?:{trap.pattern})" for trap in GENERAL), re.ASCII)


def general_trap(serial: str) -> Trap | None:
    if not _any_general().fullmatch(serial):
        return None
    return next(trap for trap in GENERAL if _compiled(trap.pattern).fullmatch(serial))


def written_trap(typed: str) -> Trap | None:
    return next((trap for trap in WRITTEN if _compiled(trap.pattern).fullmatch(typed)), None)


def code_trap(serial: str, grammar: Grammar) -> Trap | None:
    """Four digits, and five where no radio of the brand has such serials, may be the code."""
    if not (serial.isdecimal() and len(serial) in (4, 5)) or grammar.has_digits(len(serial)):
        return None
    words = _(
        "If these digits are on your radio card, they may be your code already. It costs nothing."
    )
    return Trap(_("a code"), "", words, is_complete=False)
