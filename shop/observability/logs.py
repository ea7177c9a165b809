"""Log lines without order tokens, query strings and texts of exceptions.

The text of an exception quotes values: PostgreSQL's names every column of a row that it refuses,
the customer's address and token among them. So a log line has the exception's class and its
traceback, which hold no values; with DEBUG also the text.
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

_SLASH, _PART = r"(?:/|%2F)+", r"[^/\s\"'?#<>]"
# in the first form also after other parts of an address: a link is pasted behind anything
_ORDER_LINKS = [
    re.compile(rf"({_SLASH}{start}{_SLASH}[\"'<]?){_PART}{{8,}}", re.IGNORECASE)
    for start in (r"RC-\w{4}-\w{4}", rf"orders{_SLASH}{_PART}+")
]
_QUERY = re.compile(r"(/[^\s\"'?<>]*\?)[^\s\"'<>]+")

# Errors of the installation, and killed workers: their texts quote no customer, and say what to do.
_HARMLESS = (ImportError, SyntaxError, ImproperlyConfigured, WorkerLostError, TimeLimitExceeded)


class DowngradeClientErrors(logging.Filter):
    """Logs client errors that any stranger can trigger as warnings, without a traceback.

    Django logs them as errors, which would raise alerts and reports."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.levelno, record.levelname = logging.WARNING, logging.getLevelName(logging.WARNING)
        record.exc_info = None
        return logging.getLogger(record.name).isEnabledFor(logging.WARNING)


def mask(text: str) -> str:
    """Mask tokens of order links and query strings: `/orders/RC-7K3D-92QF/***/?***`."""
    for pattern in (*_ORDER_LINKS, _QUERY):
        text = pattern.sub(r"\1***", text)
    return text


class MaskingFormatter(logging.Formatter):
    """Masks the finished text, so that a traceback or a library's own line is masked as well."""

    def format(self, record: logging.LogRecord) -> str:
        context = " ".join(f"{name}={value}" for name, value in log_context().items())
        record = without_texts(record)
        record.context = f" [{context}]" if context else ""
        return mask(super().format(record))

    def formatException(self, ei: Any) -> str:
        if settings.DEBUG:
            return super().formatException(ei)
        _kind, error, trace = ei
        return "".join(_lines(error, trace)).rstrip() if error else ""


class JsonFormatter(MaskingFormatter):
    """Writes a line per record, masked value by value so that it stays valid JSON."""

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
    """Return a copy of a record without the texts of exceptions."""
    record = copy.copy(record)
    if record.exc_info and not settings.DEBUG:
        record.args = _without_texts(record.args)
        record.exc_text = None  # another formatter may have cached it, text included
    return record


def _without_texts(args: Any) -> Any:
    """Replace exceptions among a record's arguments. Celery passes theirs as `exc`."""
    if isinstance(args, dict):
        return args | {"exc": "see below"}
    return tuple(_Kind(each) if isinstance(each, BaseException) else each for each in args or ())


class _Kind:
    """Stands in for an exception: writes its class, by str and repr alike."""

    def __init__(self, error: BaseException) -> None:
        self.text = _described(error)

    def __repr__(self) -> str:
        return self.text


def _lines(error: BaseException, trace: TracebackType | None, depth: int = 0) -> Iterator[str]:
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier and depth < 5:
        yield from _lines(earlier, earlier.__traceback__, depth + 1)
        yield "\nAnd then:\n"
    yield from traceback.format_tb(trace)
    yield f"{_described(error)}\n"


def _described(error: BaseException) -> str:
    kind = type(error)
    name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    text = harmless_text(error)
    return f"{name}: {text}" if text else name


def harmless_text(error: BaseException) -> str:
    """Return the text of an exception of a class whose texts quote no customer, else ""."""
    return str(error) if isinstance(error, _HARMLESS) else ""
