"""Counts the requests of all web processes of this machine together.

Under gunicorn each process writes to files of its own below PROMETHEUS_MULTIPROC_DIR, which
shop/gunicorn.py sets before this is imported; the process that is scraped adds them up. Labels are
names of routes, methods and numbers, never a path: strangers can make those up.
"""

import os

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
)
from prometheus_client.multiprocess import MultiProcessCollector

# without one more series each for the time since it counts
disable_created_metrics()  # type: ignore[no-untyped-call]

REQUESTS = Counter(
    "shop_http_requests", "Requests answered", ["method", "view", "status"], registry=REGISTRY
)
SECONDS = Histogram(
    "shop_http_request_seconds",
    "Time to answer a request",
    ["view"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    # the admin's hundred views share one series
    view = "admin" if route.startswith("admin:") else route
    REQUESTS.labels(method, view, status).inc()
    SECONDS.labels(view).observe(seconds)


def request_metrics() -> CollectorRegistry:
    """Return the registry of all processes, or of this one where there are no others."""
    registry = CollectorRegistry()
    if os.path.isdir(os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(REQUESTS)
        registry.register(SECONDS)
    return registry
