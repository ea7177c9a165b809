"""Addresses with a slip in the name of a large mail provider, such as gmial.com and gmail.con."""

from rapidfuzz.distance import OSA

PROVIDERS = {
    "gmail.com", "googlemail.com", "hotmail.com", "hotmail.co.uk", "hotmail.fr", "hotmail.it",
    "outlook.com", "yahoo.com", "yahoo.co.uk", "yahoo.fr", "yahoo.de", "yahoo.it",
    "icloud.com", "protonmail.com", "proton.me", "btinternet.com", "virginmedia.com",
    "orange.fr", "wanadoo.fr", "laposte.net", "libero.it", "t-online.de", "freenet.de",
    "bluewin.ch", "telenet.be",
}  # fmt: skip
# real providers, a letter away from one above
OTHERS = {"mail.com", "email.com", "ymail.com", "fmail.com", "rocketmail.com"}
# sold under the endings of many countries
INTERNATIONAL = {"yahoo", "hotmail", "outlook"}
NO_COUNTRIES = {"co", "cm", "om"}  # more often a slip in .com than Colombia or Oman
SHORTEST = {"name": 5, "ending": 3}  # shorter words have too many neighbours


def likely_address(address: str) -> str | None:
    """Return the address that was probably meant, or None if it looks right."""
    name, _at, domain = address.rpartition("@")
    domain = domain.lower()
    host, _dot, ending = domain.partition(".")
    if domain in PROVIDERS | OTHERS:
        return None
    if host in INTERNATIONAL and len(ending.rpartition(".")[2]) == 2 and ending not in NO_COUNTRIES:
        return None
    for provider in sorted(PROVIDERS, key=lambda each: OSA.distance(domain, each)):
        theirs, _dot, their_ending = provider.partition(".")
        if _is_near(host, theirs, SHORTEST["name"]) and _is_near(
            ending, their_ending, SHORTEST["ending"]
        ):
            return f"{name}@{provider}"
    return None


def _is_near(typed: str, known: str, shortest: int) -> bool:
    return typed == known or (len(known) >= shortest and OSA.distance(typed, known) == 1)
