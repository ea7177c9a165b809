"""What each log line tells of the request or the task that it belongs to, whoever writes it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from celery import current_app

Fields = dict[str, str]

_fields: ContextVar[Fields | None] = ContextVar("fields", default=None)


@contextmanager
def told(**fields: str) -> Iterator[None]:
    """Within, every line has these as well."""
    before = _fields.set((_fields.get() or {}) | fields)
    try:
        yield
    finally:
        _fields.reset(before)


def note(**fields: str) -> None:
    """What becomes known on the way: told until the request or the work is over."""
    if (known := _fields.get()) is not None:
        known.update(fields)


def log_context() -> Fields:
    """Of an order its number, never the token."""
    fields = _of_task() | (_fields.get() or {})
    return {name: value for name, value in fields.items() if value}


def _of_task() -> Fields:
    task = current_app.current_task
    if task is None:
        return {}
    request = task.request
    return {
        # of the request that woke the work, or woke the work that woke this
        "request_id": (request.headers or {}).get("request_id", ""),
        "task": task.name.rpartition(".")[2],
        "task_id": request.id or "",
    }
