"""Names of the countries that most customers live in."""

NAMES = dict(
    line.split(" ", 1)
    for line in """AT Austria
AU Australia
BE Belgium
BG Bulgaria
CA Canada
CH Switzerland
CY Cyprus
CZ Czechia
DE Germany
DK Denmark
EE Estonia
ES Spain
FI Finland
FR France
GB the United Kingdom
GR Greece
HR Croatia
HU Hungary
IE Ireland
IS Iceland
IT Italy
LI Liechtenstein
LT Lithuania
LU Luxembourg
LV Latvia
MT Malta
NL the Netherlands
NO Norway
NZ New Zealand
PL Poland
PT Portugal
RO Romania
SE Sweden
SI Slovenia
SK Slovakia
TR Türkiye
US the United States""".splitlines()
)


def country_name(code: str) -> str:
    """Return the name of a country by its ISO 3166 code; of others the code."""
    return NAMES.get(code, code)
