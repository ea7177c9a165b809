"""All metrics of one scrape.

What is counted while requests are served comes from the processes (`requests`). All else is read
from where it stands, when it is asked for: the rows (`waiting`, `lately`) and Redis (`broker`). So
it is right with any number of web processes and workers, and after each restart; and workers, which
nobody could ask, need no door. Each web machine tells the same of it: alerts take the maximum.

History is told of the last hour, read by an index on time: no scan of all orders, no counters that
customers' requests would wait for each other to write.
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
        waiting.by_the_clock,
        lately.moves,
        lately.sources,
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
