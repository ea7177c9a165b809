"""The version of all content: one row that every edit moves, and that every public page asks for.

Asking the database at each request would be right, but slow; so Redis answers while nothing was
edited lately, and a process trusts its answer for `LEASE` seconds. The database stays the truth:

1. An edit first tells Redis `EDITED`. While that stands, everybody asks the database at each
   request. Then it waits until every lease that was taken before has run out.
2. Its transaction moves the row. In the moment of the commit nobody trusts the old version any
   more: the edit shows at once, in every process on every machine.
3. Where Redis knows nothing, a reader asks the database and leaves the answer there, unless an
   editor was quicker (NX), and for `TRUSTED` seconds only: that is how long an edit can go unseen
   if its process cannot reach Redis while others can.
4. Where Redis is away, the database is asked.
"""

import logging
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import redis
from django.conf import settings
from django.db import models, transaction
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

KEY = "content-version"
EDITED = "edited"
LEASE = 0.1  # seconds
ASK_THE_DATABASE = 10  # seconds after an edit: longer than a reader takes from there to Redis
TRUSTED = 5  # seconds
TIMEOUT = 0.25  # seconds; the database answers sooner than a Redis that is slower than that
QUIET_AFTER_ERROR = 2.0  # seconds; or each page would wait for a frozen Redis

_leased = ("", 0.0)  # the version, and until when it is trusted
_edited = (0.0, 0.0)  # since when, and until when at least, EDITED stands by our telling
_quiet_until = 0.0


class ContentVersion(models.Model):
    number = models.UUIDField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_content_version")]

    def __str__(self) -> str:
        return str(self.number)

    @staticmethod
    def leased() -> str:
        """The version while nobody has to be asked for it; else empty."""
        version, until = _leased
        return version if time.monotonic() < until else ""

    @staticmethod
    def current() -> str:
        global _leased
        now = time.monotonic()
        if version := ContentVersion.leased():
            return version
        known = _redis("get", KEY)
        if known and known != EDITED:
            _leased = (known, now + LEASE)
            return str(known)
        row = ContentVersion.objects.filter(pk=1).first()
        current = str(row) if row else "never edited"
        if not known:
            _redis("set", KEY, current, nx=True, ex=TRUSTED)
        return current

    @staticmethod
    @contextmanager
    def moving() -> Iterator[None]:
        """The transaction of an edit. The row stays locked to its end: editors come one after the
        other, and never wait for each other's rows."""
        _tell_edited()
        with transaction.atomic():
            ContentVersion.objects.bulk_create(
                [ContentVersion(pk=1, number=uuid.uuid4())],
                update_conflicts=True,
                unique_fields=["pk"],
                update_fields=["number"],
            )
            # once more, in case the transaction lasts longer than the first one stands
            transaction.on_commit(_tell_edited, robust=True)
            yield


def _tell_edited() -> None:
    """Returns when no process trusts a version that it learnt before."""
    global _leased, _edited
    _leased = ("", 0.0)
    asked_at = time.monotonic()
    before = _redis("set", KEY, EDITED, ex=ASK_THE_DATABASE, get=True)
    now = time.monotonic()
    since, until = _edited
    stood = before == EDITED and now < until
    _edited = (since if stood else now, asked_at + ASK_THE_DATABASE)
    if now > _quiet_until:  # else Redis is away, and there is nothing to wait for
        time.sleep(max(0.0, _edited[0] + LEASE - now))


@cache
def _client() -> "redis.Redis":
    return redis.Redis.from_url(
        settings.REDIS_URL,
        decode_responses=True,
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        # once more at once: the server may have dropped a connection that was idle
        retry=Retry(NoBackoff(), 1),
    )


def _redis(command: str, *args: Any, **options: Any) -> Any:
    """What Redis answers; None while it is away."""
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return None
    try:
        return getattr(_client(), command)(*args, **options)
    except redis.RedisError as error:
        _quiet_until = time.monotonic() + QUIET_AFTER_ERROR
        logger.warning("content version: Redis is away: %s", type(error).__name__)
        return None
