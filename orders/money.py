"""Money is an integer in minor units plus its currency."""

from decimal import Decimal

# Stripe's list: these have no minor unit, so 1500 is 1500, not 15.00.
ZERO_DECIMAL = frozenset(
    "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf".split()  # noqa: SIM905
)
SIGNS = {"eur": "€", "gbp": "£", "usd": "$"}


def format_money(amount: int, currency: str) -> str:
    """1499, "eur" -> "14.99 €" with a no-break space."""
    sign = SIGNS.get(currency, currency.upper())
    return f"{number_text(amount, currency)}\N{NO-BREAK SPACE}{sign}"


def number_text(amount: int, currency: str) -> str:
    """1499, "eur" -> "14.99" """
    return str(amount) if currency in ZERO_DECIMAL else f"{amount // 100}.{amount % 100:02}"


def share(part: int, of: int, whole: int) -> int:
    """`part` for the `of` of a `whole`, half a minor unit rounded up: the VAT of a part refund."""
    return (2 * part * of + whole) // (2 * whole)


def vat_within(amount: int, rate: Decimal) -> int:
    """1499 at 19 % -> 239. The amount includes it, so it is not 19 % of the amount."""
    hundredths = round(rate * 100)
    return share(hundredths, amount, 10_000 + hundredths)
