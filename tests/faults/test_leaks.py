"""The search for secrets finds them: otherwise the test of the logs could not fail."""

import base64
from urllib.parse import quote

import pytest

from tests.steps.leaks import found_in

MAIL = "anna+radio@example.com"
SERIAL = "BP731022648851"
SECRETS = {"mail": MAIL, "serial": SERIAL, "code": "8207"}


@pytest.mark.parametrize(
    "log",
    [
        f"to {MAIL}",
        MAIL.upper(),
        f"GET /?email={quote(MAIL)}",
        f"GET /?email={quote(quote(MAIL))}",
        repr({"email": MAIL}),
        *(base64.b64encode(b"x" * n + MAIL.encode() + b"yy").decode() for n in range(4)),
        MAIL.encode().hex(),
    ],
)
def test_it_finds_an_address(log: str) -> None:
    assert any(name.startswith("mail,") for name in found_in(log, SECRETS))


@pytest.mark.parametrize("written", ["bp731022648851", "BP73 1022 6488 51", "BP73-1022\n6488-51"])
def test_it_finds_a_serial(written: str) -> None:
    assert any(name.startswith("serial,") for name in found_in(f"of {written}:", SECRETS))


@pytest.mark.parametrize("log", ["code 8207", "'8207'", "(8207,)", "code:8207.", "8207"])
def test_it_finds_a_short_code(log: str) -> None:
    assert found_in(log, SECRETS) == ["code, as a word"]


@pytest.mark.parametrize("log", ["", "18:20:07,820", "200 38207B 8207ms", "anna@example.org"])
def test_it_finds_nothing_where_nothing_is(log: str) -> None:
    assert found_in(log, SECRETS) == []
