"""The broker's queues as they stand in Redis: wake-ups that no worker took yet."""

from functools import lru_cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

TIMEOUT = 1.0  # seconds; a Redis that is frozen is asked once, and Prometheus waits for ten


def queue_of(task: str) -> str:
    """Where Celery puts the messages of a task, given by its name."""
    route = settings.CELERY_TASK_ROUTES.get(task, {})
    return str(route.get("queue", settings.CELERY_TASK_DEFAULT_QUEUE))


def queue_lengths() -> dict[str, int]:
    """Raises redis.RedisError if it does not answer."""
    routes = settings.CELERY_TASK_ROUTES.values()
    names = {settings.CELERY_TASK_DEFAULT_QUEUE, *(route["queue"] for route in routes)}
    return {name: broker(settings.REDIS_URL).llen(name) for name in sorted(names)}


@lru_cache(maxsize=2)
def broker(url: str) -> "redis.Redis":
    return redis.Redis.from_url(
        url,
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        retry=Retry(NoBackoff(), 0),
    )
