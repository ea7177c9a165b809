"""One mailbox, one spelling; what cannot be mailed is refused."""

import pytest
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage

from orders.lib.mailbox import canonical, cleaned
from orders.lib.text import mask

SPELLINGS = [
    ("x@example.com\u200e", "x@example.com"),  # a mark of direction, as a phone copies it
    ("\u2066x@example.com\u2069", "x@example.com"),
    ("\ufeff x@example.com\u00a0\n", "x@example.com"),
    ("x@example.com\ufe0f\U000e0041", "x@example.com"),
    ("ａｎｎａ＠ｅｘａｍｐｌｅ．ｃｏｍ", "anna@example.com"),
    ("\N{KELVIN SIGN}arl@example.com", "Karl@example.com"),
    ("Anna@Example.COM", "Anna@example.com"),
    ("anna@müller.de", "anna@xn--mller-kva.de"),
    ("anna@MÜLLER.de", "anna@xn--mller-kva.de"),
    ("anna@xn--mller-kva.de", "anna@xn--mller-kva.de"),
    ("anna@mu\N{COMBINING DIAERESIS}ller.de", "anna@xn--mller-kva.de"),
    ("anna@straße.de", "anna@xn--strae-oqa.de"),  # not strasse.de, another domain
    ("anna@例え。jp", "anna@xn--r8jz45g.jp"),
]
REFUSED = [
    "", "anna", "anna@", "@example.com", "anna@example", "a b@example.com", "a@exam ple.com",
    "a\u200bb@example.com", "a@exam\u00adple.com", "a@b\u115f.com", "a@b.com\u2800x",
    "user@localhost", "user@[127.0.0.1]", "user@[IPv6:::1]", "user@127.0.0.10", "a@example.com.",
    f"{'a' * 65}@example.com", f"a@{'b' * 64}.com", f"a@{'b.' * 130}com", f"a@{'ü' * 60}.de",
    "müller@example.com", "\N{LATIN SMALL LETTER DOTLESS I}@example.com", '"anna"@example.com',
    "anna@i❤.ws", "anna@exa´mple.com", "a@b.com,c@d.com", "a@b.com\nBcc: c@d.com", "a\0@b.com",
    "A <a@b.com>", "x" * 10_000_000,
]  # fmt: skip


@pytest.mark.parametrize(("typed", "address"), SPELLINGS)
def test_what_is_mailed(typed: str, address: str) -> None:
    assert cleaned(typed) == cleaned(address) == address
    assert EmailMessage(to=[address]).message()["To"] == address
    assert canonical(typed) == canonical(address) == address.lower()


@pytest.mark.parametrize("typed", REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_mailed_is_refused(typed: str) -> None:
    if typed:
        with pytest.raises(ValidationError):
            cleaned(typed)
    assert canonical(typed) == canonical(canonical(typed))


def test_a_masked_address_shows_the_domain_as_it_is_read() -> None:
    assert mask("anna@xn--mller-kva.de") == "a•••@müller.de"
    assert mask("anna@xn--\udcff.de") == "a•••@xn--\udcff.de"


@pytest.mark.parametrize(("typed", "address"), [
    ("evil\u200b@example.com", "evil@example.com"), ("evil@exam\u00adple.com", "evil@example.com"),
    ("evil @ example.com", "evil@example.com"), ("ev\u034fil@b.de", "evil@b.de"),
])  # fmt: skip
def test_what_an_older_version_stored_is_the_same_mailbox(typed: str, address: str) -> None:
    assert canonical(typed) == address
