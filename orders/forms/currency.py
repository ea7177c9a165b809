"""The currency that a visitor most likely pays in."""

from babel.numbers import get_territory_currencies
from django.http import HttpRequest
from django.utils.translation.trans_real import parse_accept_lang_header


def likely_currencies(request: HttpRequest) -> list[str]:
    """Return the currencies of the countries that the browser names, the likeliest first.

    A language alone, such as "en", names no country.
    """
    header = request.headers.get("Accept-Language", "")
    tags = (language.rpartition("-") for language, _quality in parse_accept_lang_header(header))
    countries = [country.upper() for language, _dash, country in tags if language]
    return [
        currency.lower() for country in countries for currency in get_territory_currencies(country)
    ]
