"""Amounts as people read them, and the smallest ones that Stripe takes."""

WITHOUT_CENTS = frozenset(
    "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf".split()  # noqa: SIM905
)
THREE_DECIMALS = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))
SIGNS = {"gbp": "£", "eur": "€", "usd": "$", "aud": "A$", "cad": "CA$", "jpy": "¥"}
# docs.stripe.com/currencies#minimum-and-maximum-charge-amounts; what is not there is not checked
SMALLEST = {
    "aed": 200, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250,
    "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200,
    "nok": 300, "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000, "usd": 50,
}  # fmt: skip


def decimals(currency: str) -> int:
    if currency in WITHOUT_CENTS:
        return 0
    return 3 if currency in THREE_DECIMALS else 2


def written(amount: int, currency: str) -> str:
    places = decimals(currency)
    units, rest = divmod(amount, 10**places)
    number = f"{units:,}.{rest:0{places}d}" if places else f"{units:,}"
    sign = SIGNS.get(currency)
    return f"{sign}{number}" if sign else f"{currency.upper()} {number}"


def smallest(currency: str) -> int:
    return SMALLEST.get(currency, 1)
