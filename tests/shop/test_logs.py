import logging
from datetime import timedelta
from io import StringIO
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest
from celery.exceptions import WorkerLostError
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError
from gunicorn.config import Config

from shop.gunicorn import MaskingLogger, access_log_format
from shop.http.request_log import bare_path
from shop.observability.logs import MaskingFormatter, mask
from tests.steps.order_links import LINKS, TOKEN

LINK = "/orders/RC-7K3D-92QF/Zb1_secret-token-x9/"
MASKED = "/orders/RC-7K3D-92QF/***/"
TAIL = "RC-7K3D-92QF/Zb1_secret-token-x9/"


@pytest.mark.parametrize("rest", ["", "status/", "#code", '"', "' "])
def test_it_cuts_the_token_out_of_an_order_link(rest: str) -> None:
    assert mask(f"see https://shop.example{LINK}{rest}") == (
        f"see https://shop.example{MASKED}{rest}"
    )


@pytest.mark.parametrize("path", ["/orders/find/", "/nissan/micra/", "/order/nissan/serial/"])
def test_it_leaves_other_addresses_alone(path: str) -> None:
    assert mask(path) == path


@pytest.mark.parametrize("link", [f"/orders/{TAIL}", f"/Orders//{TAIL}", f"/{TAIL}"])
def test_it_finds_the_token_in_a_link_that_somebody_mistyped(link: str) -> None:
    assert mask(link) == link.replace("Zb1_secret-token-x9", "***")


@pytest.mark.parametrize("link", LINKS)
def test_it_masks_a_link_however_it_is_written(link: str) -> None:
    for text in (link, unquote(link), f"see <{link}>", bare_path(link), bare_path(unquote(link))):
        assert TOKEN not in mask(text)


@pytest.mark.parametrize("path", ["/search/", "/order/nissan/", LINK])
def test_it_cuts_off_what_follows_a_question_mark(path: str) -> None:
    assert mask(f"'GET {path}?email=a@b.example&q=BP12' 200") == f"'GET {mask(path)}?***' 200"


# ------------------------------------------------------------------ exceptions
def logged(error: Exception, text: str = "failed", *args: object) -> str:
    """What the log has of an exception that led to another."""
    log, out = logging.Logger("tests"), StringIO()
    log.addHandler(handler := logging.StreamHandler(out))
    handler.setFormatter(MaskingFormatter())
    try:
        try:
            raise ValueError(LINK)
        except ValueError as cause:
            raise error from cause
    except Exception:
        log.exception(text, *args)
    return out.getvalue()


def test_an_exception_is_logged_by_kind_and_place_and_without_its_text() -> None:
    said = logged(IntegrityError("Failing row contains (anna@example.com)"))
    assert "django.db.utils.IntegrityError\n" in said and "ValueError\n" in said
    assert "raise error from cause" in said
    assert "anna@" not in said and "/orders/" not in said


@pytest.mark.parametrize("args", [({"exc": "RuntimeError('4307')"},), (RuntimeError("4307"),)])
def test_a_line_that_quotes_the_exception_does_not(args: tuple[object]) -> None:
    text = "task raised: %(exc)s" if isinstance(args[0], dict) else "task raised: %r"
    assert "4307" not in logged(RuntimeError("4307"), text, *args)


@pytest.mark.parametrize("kind", [ImportError, ImproperlyConfigured, WorkerLostError])
def test_what_is_wrong_with_the_machine_is_said(kind: type[Exception]) -> None:
    said = logged(kind("signal 9 (SIGKILL)"), "task raised: %r", kind("signal 9 (SIGKILL)"))
    assert said.count("signal 9 (SIGKILL)") == 2


def test_whoever_builds_the_shop_reads_all_of_it(settings: Any) -> None:
    settings.DEBUG = True
    assert "anna@example.com" in logged(ValueError("anna@example.com"))


def test_libraries_tell_only_what_is_wrong() -> None:
    quiet = ("stripe", "urllib3", "httpx", "fontTools.subset", "kombu", "celery", "django.template")
    assert not any(logging.getLogger(name).isEnabledFor(logging.INFO) for name in quiet)


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


def test_of_a_request_that_is_none_nothing_is_quoted(capsys: Any) -> None:
    log = MaskingLogger(Config())
    log.warning("Invalid request from ip=192.0.2.7: Invalid HTTP Header: 'COOKIE SESSION=4307'")
    assert capsys.readouterr().err.endswith("[WARNING] Invalid request\n")
