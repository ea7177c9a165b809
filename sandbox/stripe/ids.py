"""Identifiers in the shapes that Stripe gives them."""

import secrets
import string

ALPHABET = string.ascii_letters + string.digits


def letters(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def new_id(prefix: str) -> str:
    if prefix == "cs":
        return f"cs_test_a1{letters(56)}"
    if prefix == "req":
        return f"req_{letters(14)}"
    # Money objects of one payment begin with 3, all others with 1.
    lead = "3" if prefix in ("pi", "ch", "py", "re") else "1"
    return f"{prefix}_{lead}{letters(23)}"
