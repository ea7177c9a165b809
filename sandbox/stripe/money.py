"""Amounts as people read them, and the smallest ones that Stripe takes."""

WITHOUT_CENTS = frozenset(("clp", "jpy", "krw", "pyg", "vnd", "xaf", "xof", "xpf"))
SIGNS = {"gbp": "£", "eur": "€", "usd": "$", "aud": "A$", "cad": "CA$", "jpy": "¥"}
SMALLEST = {"gbp": 30, "eur": 50, "usd": 50, "sek": 300, "nok": 300, "dkk": 250, "pln": 200}


def written(amount: int, currency: str) -> str:
    units, cents = (amount, "") if currency in WITHOUT_CENTS else divmod(amount, 100)
    number = f"{units:,}.{cents:02d}" if isinstance(cents, int) else f"{units:,}"
    sign = SIGNS.get(currency)
    return f"{sign}{number}" if sign else f"{currency.upper()} {number}"


def smallest(currency: str) -> int:
    return SMALLEST.get(currency, 50)
