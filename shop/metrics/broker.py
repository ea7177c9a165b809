"""What stands in Redis: wake-ups that no worker has taken, and the supplier's circuit."""

from collections.abc import Iterator
from functools import lru_cache

import redis
from django.conf import settings
from prometheus_client.metrics_core import Metric
from redis.backoff import NoBackoff
from redis.retry import Retry

from orders.retrieval.supplier import CIRCUIT
from shop.metrics.waiting import gauge

TIMEOUT = 1.0  # seconds; Prometheus waits ten, and a Redis that is frozen is asked once a scrape


def queues() -> Iterator[Metric]:
    """Short or empty while the shop is well; what must be done stands in the rows."""
    routes = settings.CELERY_TASK_ROUTES.values()
    names = {settings.CELERY_TASK_DEFAULT_QUEUE, *(route["queue"] for route in routes)}
    lengths = {name: _client(settings.REDIS_URL).llen(name) for name in sorted(names)}
    yield gauge("shop_queue_length", "Wake-ups that no worker took yet", "queue", lengths)


def circuits() -> Iterator[Metric]:
    is_open = _client(settings.REDIS_URL).exists(CIRCUIT.why)
    yield gauge("shop_circuit_open", "A source is left alone", "source", {"supplier": is_open})


@lru_cache(maxsize=2)
def _client(url: str) -> "redis.Redis":
    return redis.Redis.from_url(
        url,
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        retry=Retry(NoBackoff(), 0),
    )
