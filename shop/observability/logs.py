"""What stands in a log line, and what must not: the secret part of an order's link, query strings,
and what exceptions say.

An exception's text quotes what was asked or answered: of a row that it refuses, PostgreSQL tells
every column, the customer's address and token among them. So a log has the kind of the exception
and the lines that it came by, which hold no values. With DEBUG it has the text too.
"""

import copy
import json
import logging
import re
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from celery.exceptions import TimeLimitExceeded, WorkerLostError
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from orders.lib.log_context import log_context

_ORDER_LINK = re.compile(
    r"((?:/orders/+[^/\s\"'?#<>]+|/RC-\w{4}-\w{4})/+)[^/\s\"'?#<>]{8,}", re.IGNORECASE
)
_QUERY = re.compile(r"(/[^\s\"'?<>]*\?)[^\s\"'<>]+")

# Faults of the installation, before any customer comes, and workers that were killed: their texts
# quote nobody, and without them nobody would know what to do.
_TELLING = (ImportError, SyntaxError, ImproperlyConfigured, WorkerLostError, TimeLimitExceeded)


class StrangersFaultFilter(logging.Filter):
    """Of what anybody can send as often as they like, and Django calls an error: a warning, which
    wakes nobody and is not reported, without the thirty lines of the way through our code."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.levelno, record.levelname = logging.WARNING, logging.getLevelName(logging.WARNING)
        record.exc_info = None
        return logging.getLogger(record.name).isEnabledFor(logging.WARNING)


def mask(text: str) -> str:
    """Cut the token out of every order link in a text, and what follows the question mark of an
    address: `/orders/RC-7K3D-92QF/***/?***`."""
    return _QUERY.sub(r"\1***", _ORDER_LINK.sub(r"\1***", text))


class MaskingFormatter(logging.Formatter):
    """Masks the finished text, so that a traceback or a library's own line is masked as well."""

    def format(self, record: logging.LogRecord) -> str:
        told = " ".join(f"{name}={value}" for name, value in log_context().items())
        record = without_texts(record)
        record.context = f" [{told}]" if told else ""
        return mask(super().format(record))

    def formatException(self, ei: Any) -> str:
        if settings.DEBUG:
            return super().formatException(ei)
        _kind, error, trace = ei
        return "".join(_lines(error, trace)).rstrip() if error else ""


class JsonFormatter(MaskingFormatter):
    """A line an object, masked value by value: what is masked must not break the line."""

    def format(self, record: logging.LogRecord) -> str:
        record = without_texts(record)
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= getattr(record, "fields", {}) | log_context()
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(
            {name: mask(value) if isinstance(value, str) else value for name, value in line.items()}
        )


def without_texts(record: logging.LogRecord) -> logging.LogRecord:
    """A copy of a line that says nothing in an exception's words."""
    record = copy.copy(record)
    if record.exc_info and not settings.DEBUG:
        record.args = _without_texts(record.args)
        record.exc_text = None  # another formatter may have left it there, with all it says
    return record


def _without_texts(args: Any) -> Any:
    """Of a log line that is about an exception: Celery's quotes it as `exc`, others pass it."""
    if isinstance(args, dict):
        return args | {"exc": "see below"}
    return tuple(_Kind(each) if isinstance(each, BaseException) else each for each in args or ())


class _Kind:
    """In place of an exception: what it is, however a line writes it."""

    def __init__(self, error: BaseException) -> None:
        self.text = _told(error)

    def __repr__(self) -> str:
        return self.text


def _lines(error: BaseException, trace: TracebackType | None, depth: int = 0) -> Iterator[str]:
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier and depth < 5:
        yield from _lines(earlier, earlier.__traceback__, depth + 1)
        yield "\nAnd then:\n"
    yield from traceback.format_tb(trace)
    yield f"{_told(error)}\n"


def _told(error: BaseException) -> str:
    kind = type(error)
    name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    said = words_of(error)
    return f"{name}: {said}" if said else name


def words_of(error: BaseException) -> str:
    """The text of an exception, where it quotes nobody."""
    return str(error) if isinstance(error, _TELLING) else ""
