"""Fields that every log line of a request or a task carries."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from celery import current_app

Fields = dict[str, str]

_fields: ContextVar[Fields | None] = ContextVar("fields", default=None)


@contextmanager
def log_fields(**fields: str) -> Iterator[None]:
    """Add fields to every log line written within."""
    before = _fields.set((_fields.get() or {}) | fields)
    try:
        yield
    finally:
        _fields.reset(before)


def add_log_fields(**fields: str) -> None:
    """Add fields that became known during the request or task, until it is over."""
    if (known := _fields.get()) is not None:
        known.update(fields)


def log_context() -> Fields:
    """Return the fields of the current request or task: an order's number, never its token."""
    fields = _of_task() | (_fields.get() or {})
    return {name: value for name, value in fields.items() if value}


def _of_task() -> Fields:
    task = current_app.current_task
    if task is None:
        return {}
    request = task.request
    return {
        # of the request that enqueued this task, or a task before it
        "request_id": (request.headers or {}).get("request_id", ""),
        "task": task.name.rpartition(".")[2],
        "task_id": request.id or "",
    }
