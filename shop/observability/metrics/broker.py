"""Reads from Redis the lengths of the queues and the supplier's circuit."""

from collections.abc import Iterator

from django.conf import settings
from prometheus_client.metrics_core import Metric

from orders.lib.redis import queue_lengths, redis_client
from orders.retrieval.supplier import CIRCUIT
from shop.observability.metrics.waiting import gauge


def queues() -> Iterator[Metric]:
    """Yield how many messages no worker has taken: few or none in a shop that is well."""
    lengths = queue_lengths()
    yield gauge("shop_queue_length", "Messages that no worker has taken", "queue", lengths)


def circuits() -> Iterator[Metric]:
    is_open = redis_client(settings.REDIS_URL).exists(CIRCUIT.why)
    yield gauge(
        "shop_circuit_open", "A provider is not asked for now", "source", {"supplier": is_open}
    )
