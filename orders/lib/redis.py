"""Redis: short-lived values and counters, with a fallback per process, and the queues' lengths."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from threading import Lock
from typing import TypeVar

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.retry import Retry

TIMEOUT = 1.0  # seconds; a customer may be waiting
RETRY_AFTER = 30.0  # seconds before a Redis that did not answer is asked again
MAX_LOCAL_KEYS = 20_000  # per process; the oldest are dropped

# A bucket is a key that lives as long as the bucket takes to run empty: it needs no value, goes by
# Redis's clock, and cleans up after itself. Fill it by ARGV[1] ms; ARGV[2] ms is all it can hold.
TAKE = """
local filled = math.max(redis.call('PTTL', KEYS[1]), 0) + ARGV[1]
if filled > tonumber(ARGV[2]) then return filled - ARGV[2] end
redis.call('SET', KEYS[1], '', 'PX', filled)
return 0
"""

T = TypeVar("T")


class RedisUnavailableError(Exception):
    """Redis does not answer."""


class RedisStore:
    def __init__(self, client: "redis.Redis") -> None:
        self.client = client

    def get(self, key: str) -> str | None:
        found = self.client.get(key)
        return None if found is None else str(found)

    def put(self, key: str, value: str, lasts: timedelta) -> None:
        self.client.set(key, value, px=lasts)

    def lease(self, key: str, lasts: timedelta) -> timedelta | None:
        """Take the key and return None, or return how long another process still has it."""
        if self.client.set(key, "", nx=True, px=lasts):
            return None
        return timedelta(milliseconds=max(1, int(self.client.pttl(key))))

    def count(self, key: str, lasts: timedelta) -> int:
        """Count one more; the count is dropped after that long without another."""
        number = int(self.client.incr(key))
        self.client.pexpire(key, lasts)
        return number

    def take(self, key: str, most: int, within: timedelta) -> float:
        """Take one of so many and return 0, or return the seconds until one is free."""
        whole = int(within.total_seconds() * 1000)
        return int(_take(self.client)([key], [math.ceil(whole / most), whole])) / 1000

    def delete(self, *keys: str) -> None:
        self.client.delete(*keys)


@dataclass
class LocalStore:
    """Does the same in the memory of one process, while Redis does not answer."""

    values: dict[str, tuple[str, float]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def get(self, key: str) -> str | None:
        value, until = self.values.get(key, ("", 0.0))
        return value if time.monotonic() < until else None

    def put(self, key: str, value: str, lasts: timedelta) -> None:
        with self.lock:
            self._put(key, value, time.monotonic() + lasts.total_seconds())

    def _put(self, key: str, value: str, until: float) -> None:
        self.values.pop(key, None)
        self.values[key] = value, until
        if len(self.values) > MAX_LOCAL_KEYS:
            del self.values[next(iter(self.values))]

    def lease(self, key: str, lasts: timedelta) -> timedelta | None:
        if self.get(key) is not None:
            return timedelta(seconds=self.values[key][1] - time.monotonic())
        self.put(key, "", lasts)
        return None

    def count(self, key: str, lasts: timedelta) -> int:
        number = int(self.get(key) or 0) + 1
        self.put(key, str(number), lasts)
        return number

    def take(self, key: str, most: int, within: timedelta) -> float:
        now, whole = time.monotonic(), within.total_seconds()
        with self.lock:
            filled = max(self.values.get(key, ("", now))[1], now) - now + whole / most
            if filled > whole + 1e-6:  # floats: ten tenths are a little more than one
                return filled - whole
            self._put(key, "", now + filled)
        return 0

    def delete(self, *keys: str) -> None:
        with self.lock:
            for key in keys:
                self.values.pop(key, None)


Store = RedisStore | LocalStore


@dataclass
class FallbackStore:
    """Stores values in Redis, or locally while it does not answer.

    Only for values whose loss costs little.
    """

    own: LocalStore = field(default_factory=LocalStore)
    retry_at: float = 0.0

    def with_store(self, act: Callable[[Store], T]) -> T:
        try:
            return self.with_redis(act)
        except RedisUnavailableError:
            return act(self.own)

    def with_redis(self, act: Callable[[Store], T]) -> T:
        """Act on what all processes share, or raise RedisUnavailableError."""
        if time.monotonic() >= self.retry_at:
            try:
                return act(RedisStore(redis_client(settings.REDIS_URL)))
            except redis.RedisError:
                self.retry_at = time.monotonic() + RETRY_AFTER
        raise RedisUnavailableError


@lru_cache(maxsize=2)
def redis_client(url: str) -> "redis.Redis":
    return redis.Redis.from_url(
        url,
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )


@lru_cache(maxsize=2)
def _take(client: "redis.Redis") -> Script:
    return client.register_script(TAKE)


def queue_of(task: str) -> str:
    """Return the Celery queue of a task, given by its name."""
    route = settings.CELERY_TASK_ROUTES.get(task, {})
    return str(route.get("queue", settings.CELERY_TASK_DEFAULT_QUEUE))


def queue_lengths() -> dict[str, int]:
    """Count the messages that no worker has taken yet. Raises redis.RedisError."""
    routes = settings.CELERY_TASK_ROUTES.values()
    names = {settings.CELERY_TASK_DEFAULT_QUEUE, *(route["queue"] for route in routes)}
    return {name: redis_client(settings.REDIS_URL).llen(name) for name in sorted(names)}
