"""The test cards, and what becomes of a payment with each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    """`refusal` is (code, decline code, what the customer reads)."""

    number: str
    brand: str
    about: str
    refusal: tuple[str, str | None, str] | None = None
    needs_3ds: bool = False
    capture_refused: bool = False
    after: str | None = None
    listed: bool = True


DECLINED = "Your card was declined."

CARDS = (
    Card("4242424242424242", "visa", "Pays"),
    Card("4000002760003184", "visa", "Asks for 3-D Secure", needs_3ds=True),
    Card("4000000000000002", "visa", "Declined", ("card_declined", "generic_decline", DECLINED)),
    Card(
        "4000000000009995",
        "visa",
        "Declined: insufficient funds",
        ("card_declined", "insufficient_funds", "Your card has insufficient funds."),
    ),
    # Not one of Stripe's own: it has no card whose authorization works and capture fails.
    Card("4000000000006660", "visa", "Hold works, capture refused", capture_refused=True),
    Card("4000000000000259", "visa", "Pays, disputed as fraud later", after="dispute"),
    Card("4000000000005423", "visa", "Pays, early fraud warning", after="warning"),
    Card("5555555555554444", "mastercard", "Pays", listed=False),
    Card("378282246310005", "amex", "Pays", listed=False),
    Card(
        "4000000000009987",
        "visa",
        "Declined: lost card",
        ("card_declined", "lost_card", DECLINED),
        listed=False,
    ),
    Card(
        "4000000000000069",
        "visa",
        "Declined: expired",
        ("expired_card", None, "Your card has expired."),
        listed=False,
    ),
    Card(
        "4000000000000127",
        "visa",
        "Declined: wrong security code",
        ("incorrect_cvc", None, "Your card's security code is incorrect."),
        listed=False,
    ),
    Card(
        "4000000000000119",
        "visa",
        "Declined: processing error",
        ("processing_error", None, "An error occurred while processing your card. Try again."),
        listed=False,
    ),
)
BY_NUMBER = {card.number: card for card in CARDS}
LIVE_CARD = "Your card was declined. This is a test page, and only test cards work here."


def find_card(number: str) -> Card:
    """A number that is not on the list is declined, as Stripe does in test mode."""
    refusal = ("card_declined", "test_mode_live_card", LIVE_CARD)
    return BY_NUMBER.get(number) or Card(number, "visa", "Not a test card", refusal)


def passes_luhn(number: str) -> bool:
    if not number.isdecimal() or not 13 <= len(number) <= 19:
        return False
    doubled = [int(digit) * 2 for digit in number[-2::-2]]
    kept = [int(digit) for digit in number[::-2]]
    return (sum(d - 9 if d > 9 else d for d in doubled) + sum(kept)) % 10 == 0


def grouped(number: str) -> str:
    cuts = (4, 10, 15) if len(number) == 15 else (4, 8, 12, 16)
    starts = (0, *cuts)
    return " ".join(number[a:b] for a, b in zip(starts, cuts, strict=False) if number[a:b])
