"""Numbers of orders and receipts, taken out of whatever was typed or pasted around them."""

import re
import unicodedata

from orders.lib.text import is_unseen

# No 0/O, 1/I/L, 8/B, 5/S, 2/Z: people say an order number on the phone.
NUMBER_ALPHABET = "3467ACDEFGHJKMNPQRTUVWXY9"
LONGEST = 1000  # characters that are looked at
PART = f"[{NUMBER_ALPHABET}]{{4}}"
ALONE = r"(?<![A-Z0-9]){}(?![A-Z0-9])"
WITH_PREFIX = re.compile(ALONE.format(r"RC[\W_]{0,3}([A-Z0-9]{4})[\W_]{0,3}([A-Z0-9]{4})"))
WITH_DASH = re.compile(ALONE.format(rf"({PART})\s?[^\w\s]\s?({PART})"))
BARE = re.compile(rf"(?:RC)?({PART})({PART})")
RECEIPT = re.compile(ALONE.format(r"([RCX])[-\u2010-\u2015\u2212]0*([0-9]{1,9})"))


def order_number(typed: str) -> str:
    """Return the order number in it, or "": "Order rc7k3d94qf." has RC-7K3D-94QF."""
    text = _plain(typed)
    bare = "".join(filter(str.isalnum, text))
    found = WITH_PREFIX.search(text) or WITH_DASH.search(text) or BARE.fullmatch(bare)
    return f"RC-{found[1]}-{found[2]}" if found else ""


def receipt_number(typed: str) -> tuple[str, int] | None:
    """Return letter and number of the receipt in it: of "(R-000123)" they are R and 123."""
    found = RECEIPT.search(_plain(typed))
    return (found[1], int(found[2])) if found else None


def _plain(typed: str) -> str:
    """Return upper case; of what is not seen, only spaces remain."""
    folded = unicodedata.normalize("NFKC", typed[:LONGEST]).upper()
    return "".join(char for char in folded if char.isspace() or not is_unseen(char))
