"""The hosted page's form: what was typed, and what is wrong with it."""

import re
from collections.abc import Mapping
from datetime import date

from sandbox.stripe.cards import passes_luhn
from sandbox.stripe.limits import EMAIL
from sandbox.stripe.objects import Payer
from sandbox.stripe.store import Json

COUNTRIES = {
    "AT": "Austria",
    "BE": "Belgium",
    "DK": "Denmark",
    "FR": "France",
    "DE": "Germany",
    "IE": "Ireland",
    "IT": "Italy",
    "NL": "Netherlands",
    "NO": "Norway",
    "PL": "Poland",
    "PT": "Portugal",
    "ES": "Spain",
    "SE": "Sweden",
    "CH": "Switzerland",
    "GB": "United Kingdom",
    "US": "United States",
}
HOME = {"gbp": "GB", "eur": "DE", "usd": "US", "sek": "SE", "dkk": "DK", "nok": "NO", "pln": "PL"}
FIELDS = ("method", "email", "number", "expiry", "cvc", "name", "country", "agreed")


def first_values(session: Json) -> dict[str, str]:
    values = dict.fromkeys(FIELDS, "")
    values["method"] = "card"
    values["email"] = session["customer_email"] or ""
    values["country"] = HOME.get(session["currency"], "GB")
    return values


def typed_values(session: Json, form: Mapping[str, str]) -> dict[str, str]:
    typed = {name: form.get(name, "").strip() for name in FIELDS}
    if session["customer_email"]:
        typed["email"] = session["customer_email"]  # the shop said who it is
    return typed


def read_expiry(text: str) -> tuple[int, int] | None:
    match = re.fullmatch(r"(0?[1-9]|1[0-2])\s*[/.\- ]?\s*(?:20)?(\d\d)", text)
    return (int(match[1]), 2000 + int(match[2])) if match else None


def mistakes(session: Json, typed: Mapping[str, str], today: date) -> dict[str, str]:
    """By field, in the order of the page."""
    found: dict[str, str] = {}
    if not EMAIL.fullmatch(typed["email"]):
        found["email"] = "Enter an e-mail address like name@example.com."
    if typed["method"] not in session["payment_method_types"]:
        found["method"] = "Choose how to pay."
    if typed["method"] == "card":
        found |= _card_mistakes(typed, today)
    if not typed["name"]:
        found["name"] = "Enter the name as it stands on the card."
    if typed["country"] not in COUNTRIES:
        found["country"] = "Choose a country."
    if must_agree(session) and not typed["agreed"]:
        found["agreed"] = "Accept the terms to go on."
    return found


def _card_mistakes(typed: Mapping[str, str], today: date) -> dict[str, str]:
    found: dict[str, str] = {}
    number = digits(typed["number"])
    if not passes_luhn(number):
        found["number"] = "This card number is not complete or not valid."
    expiry = read_expiry(typed["expiry"])
    if expiry is None:
        found["expiry"] = "Enter month and year, like 12 / 34."
    elif (expiry[1], expiry[0]) < (today.year, today.month):
        found["expiry"] = "This card has expired."
    length = 4 if number.startswith(("34", "37")) else 3
    if not re.fullmatch(rf"\d{{{length}}}", typed["cvc"]):
        found["cvc"] = f"Enter the {length} digits of the security code."
    return found


def digits(number: str) -> str:
    return re.sub(r"[\s-]", "", number)


def must_agree(session: Json) -> bool:
    return (session["consent_collection"] or {}).get("terms_of_service") == "required"


def payer_from(typed: Mapping[str, str]) -> Payer:
    month, year = read_expiry(typed["expiry"]) or (12, 2034)
    by_card = typed["method"] == "card"
    return Payer(
        method=typed["method"],
        number=digits(typed["number"]) if by_card else Payer.number,
        exp_month=month,
        exp_year=year,
        email=typed["email"],
        name=typed["name"],
        country=typed["country"],
        agreed=bool(typed["agreed"]),
    )
