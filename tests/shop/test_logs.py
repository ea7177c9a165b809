import logging
from datetime import timedelta
from io import StringIO
from types import SimpleNamespace

import pytest
from gunicorn.config import Config

from shop.gunicorn import MaskingLogger, access_log_format
from shop.logs import MaskingFormatter, mask

LINK = "/orders/RC-7K3D-92QF/Zb1_secret-token-x9/"
MASKED = "/orders/RC-7K3D-92QF/***/"


@pytest.mark.parametrize("rest", ["", "status/", "?a=b", "#code", '"', "' "])
def test_it_cuts_the_token_out_of_an_order_link(rest: str) -> None:
    assert mask(f"see https://shop.example{LINK}{rest}") == (
        f"see https://shop.example{MASKED}{rest}"
    )


@pytest.mark.parametrize("path", ["/orders/find/", "/nissan/micra/", "/order/nissan/serial/"])
def test_it_leaves_other_addresses_alone(path: str) -> None:
    assert mask(path) == path


def test_it_masks_a_traceback() -> None:
    log, out = logging.Logger("tests"), StringIO()
    log.addHandler(handler := logging.StreamHandler(out))
    handler.setFormatter(MaskingFormatter())
    try:
        raise ValueError(LINK)
    except ValueError:
        log.exception("failed at %s", LINK)
    assert out.getvalue().count(MASKED) == 2
    assert "secret" not in out.getvalue()


def test_the_access_log_has_neither_token_nor_query_nor_referer() -> None:
    environ = {
        "REQUEST_METHOD": "GET",
        "RAW_URI": LINK + "?email=a@b.example",
        "PATH_INFO": LINK,
        "QUERY_STRING": "email=a@b.example",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_REFERER": "https://shop.example" + LINK,
    }
    answer = SimpleNamespace(status="200 OK", sent=12, headers=[])
    atoms = MaskingLogger(Config()).atoms(answer, [], environ, timedelta(milliseconds=3))
    assert access_log_format % atoms == f"GET {MASKED} 200 12B 3ms"
    assert (atoms["r"], atoms["q"], atoms["f"]) == (f"GET {MASKED} HTTP/1.1", "", "-")
