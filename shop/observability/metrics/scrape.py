"""All metrics of one scrape.

Counts of requests come from the web processes (`requests`). All else is read when it is scraped,
from rows (`waiting`, `lately`) and Redis (`broker`): so it is right with any number of processes
and after a restart, and workers need no endpoint. Every web machine returns the same; alerts take
the maximum. History covers the last hour by an index on time, without counters that requests would
have to write.
"""

import logging
from collections.abc import Callable, Iterator

import redis
from django.db import DatabaseError
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from shop.observability.metrics import broker, lately, waiting
from shop.observability.metrics.requests import request_metrics

logger = logging.getLogger(__name__)

Part = Callable[[], Iterator[Metric]]
PARTS: dict[str, tuple[Part, ...]] = {
    "database": (
        waiting.work,
        waiting.events,
        waiting.orders,
        waiting.scheduled_jobs,
        lately.moves,
        lately.providers,
    ),
    "redis": (broker.queues, broker.circuits),
}
AWAY = (DatabaseError, redis.RedisError)


class ShopCollector:
    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("shop_part_up", "Whether it answered this scrape", labels=["part"])
        for name, parts in PARTS.items():
            try:
                yield from [metric for part in parts for metric in part()]
            except AWAY as error:
                logger.warning("metrics: no answer from %s: %s", name, type(error).__name__)
                up.add_metric([name], 0)
            else:
                up.add_metric([name], 1)
        yield up


def scrape() -> bytes:
    registry = CollectorRegistry()
    registry.register(ShopCollector())
    return generate_latest(request_metrics()) + generate_latest(registry)
