"""What stands in Redis: wake-ups that no worker has taken, and the supplier's circuit."""

from collections.abc import Iterator

from django.conf import settings
from prometheus_client.metrics_core import Metric

from orders.lib.redis import queue_lengths, redis_client
from orders.retrieval.supplier import CIRCUIT
from shop.observability.metrics.waiting import gauge


def queues() -> Iterator[Metric]:
    """Short or empty while the shop is well; what must be done stands in the rows."""
    lengths = queue_lengths()
    yield gauge("shop_queue_length", "Wake-ups that no worker took yet", "queue", lengths)


def circuits() -> Iterator[Metric]:
    is_open = redis_client(settings.REDIS_URL).exists(CIRCUIT.why)
    yield gauge("shop_circuit_open", "A source is left alone", "source", {"supplier": is_open})
