"""The version of all content: one row that every edit moves, and that every public page asks for.

Asking the database at each request would be right, but slow; so Redis answers as long as nothing
was edited lately. The database stays the truth:

* An edit first moves the row, in its own transaction, and tells Redis `EDITED`. While that stands,
  everybody asks the database, which shows the new version in the moment of the commit.
* Where Redis knows nothing, the reader asks the database and leaves the answer there, unless an
  editor was quicker (NX), and for `TRUSTED` seconds only: that is how long an edit could go unseen
  if its process cannot reach Redis while others can.
* Where Redis is away, the database is asked.
"""

import logging
import time
import uuid
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
ASK_THE_DATABASE = 60  # seconds after an edit
TRUSTED = 5  # seconds
TIMEOUT = 0.25  # seconds; the database answers sooner than a Redis that is slower than that
QUIET_AFTER_ERROR = 2.0  # seconds; or each page would wait for a frozen Redis


class ContentVersion(models.Model):
    number = models.UUIDField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_content_version")]

    def __str__(self) -> str:
        return str(self.number)

    @staticmethod
    def current() -> str:
        known = _redis("get", KEY)
        if known and known != EDITED:
            return str(known)
        row = ContentVersion.objects.filter(pk=1).first()
        current = str(row) if row else "never edited"
        if not known:
            _redis("set", KEY, current, nx=True, ex=TRUSTED)
        return current

    @staticmethod
    def move() -> None:
        """Within the transaction of an edit: what is in the caches is out of date once it commits.

        The row stays locked until then, so that editors come one after the other.
        """
        ContentVersion.objects.bulk_create(
            [ContentVersion(pk=1, number=uuid.uuid4())],
            update_conflicts=True,
            unique_fields=["pk"],
            update_fields=["number"],
        )
        _tell_edited()
        # once more, in case the transaction lasts longer than the first one holds
        transaction.on_commit(_tell_edited, robust=True)


def _tell_edited() -> None:
    _redis("set", KEY, EDITED, ex=ASK_THE_DATABASE)


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


_quiet_until = 0.0


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
