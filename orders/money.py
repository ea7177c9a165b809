"""Money is an integer in minor units plus its currency."""

from decimal import Decimal

from babel import Locale
from babel.numbers import format_currency, get_currency_symbol
from django.conf import settings
from django.utils.translation import get_language


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Source of these: docs.stripe.com/currencies.
# What a customer may be charged in.
CURRENCIES = _codes(
    "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn "
    "bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd "
    "gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak "
    "lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd "
    "omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std "
    "szl thb tjs tnd top try ttd twd tzs uah ugx usd uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer "
    "zar zmw"
)
# No minor unit: 1500 is 1500, not 15.00.
ZERO_DECIMAL = _codes("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf")
# Thousandths, of which Stripe takes whole hundredths only.
THREE_DECIMAL = _codes("bhd jod kwd omr tnd")
# Written with hundredths, which must be 00.
WHOLE_ONLY = _codes("isk ugx")
# docs.stripe.com/currencies#minimum-and-maximum-charge-amounts. Elsewhere Stripe converts its own
# minimum at the day's rate, which cannot be checked beforehand.
SMALLEST_CHARGE = {
    "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250,
    "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200,
    "nok": 300, "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000, "usd": 50,
}  # fmt: skip
LARGEST_CHARGE = 99_999_999


def format_money(amount: int, currency: str) -> str:
    """Return 1499, "eur" as €14.99 and 1490, "chf" as CHF 14.90, as the page's language writes it.

    The places are Stripe's, which differ from the locale's for some currencies.
    """
    number, name, locale = number_text(amount, currency), currency.upper(), _locale()
    places = len(number.partition(".")[2])
    pattern = str(locale.currency_formats["standard"].pattern).replace("0.00", f"{0:.{places}f}")
    if get_currency_symbol(name, locale)[-1].isalpha():
        pattern = pattern.replace("¤#", "¤\N{NO-BREAK SPACE}#")
    return format_currency(Decimal(number), name, pattern, locale, currency_digits=False)


def with_sign(currency: str) -> str:
    """Return how a currency is offered to choose: EUR €."""
    name = currency.upper()
    sign = get_currency_symbol(name, _locale())
    return name if sign == name else f"{name} {sign}"


def country_name(code: str) -> str:
    """Name a country in the language of the page; "" for none, and the code of an unknown one."""
    return str(_locale().territories.get(code, code))


def _locale() -> Locale:
    return Locale.parse(get_language() or settings.LANGUAGE_CODE, sep="-")


def number_text(amount: int, currency: str) -> str:
    """1499, "eur" -> "14.99"; 2400, "jpy" and 240000, "isk" -> "2400"; 4990, "kwd" -> "4.990" """
    if amount < 0:
        return f"-{number_text(-amount, currency)}"
    places = decimal_places(currency)
    if not places:
        return str(amount)
    whole, part = divmod(amount, 10**places)
    if currency in WHOLE_ONLY and not part:
        return str(whole)
    return f"{whole}.{part:0{places}}"


def decimal_places(currency: str) -> int:
    return 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2


def minor_units(number: Decimal, currency: str) -> int | None:
    """14.99, "eur" -> 1499. None for what the currency cannot pay, or Stripe does not take."""
    amount = number.scaleb(decimal_places(currency))
    if amount != amount.to_integral_value() or amount % smallest_step(currency):
        return None
    return int(amount)


def smallest_step(currency: str) -> int:
    """What Stripe wants an amount to be a multiple of."""
    return 10 if currency in THREE_DECIMAL else 100 if currency in WHOLE_ONLY else 1


def smallest_charge(currency: str) -> int:
    """The least that Stripe charges, as far as it says so."""
    return SMALLEST_CHARGE.get(currency, smallest_step(currency))


def smallest_unit(currency: str) -> int:
    """What people can pay, in minor units: a whole króna, but a cent."""
    return 100 if currency in WHOLE_ONLY else 1


def share(part: int, of: int, whole: int, unit: int = 1) -> int:
    """`part` for the `of` of a `whole`, half a unit rounded up: the VAT of a part refund."""
    return (2 * part * of + whole * unit) // (2 * whole * unit) * unit


def vat_within(amount: int, rate: Decimal, unit: int = 1) -> int:
    """1499 at 19 % -> 239. The amount includes it, so it is not 19 % of the amount."""
    hundredths = round(rate * 100)
    return share(hundredths, amount, 10_000 + hundredths, unit)
