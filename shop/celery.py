import logging
import os
from typing import Any

from celery import Celery
from celery.signals import (
    beat_init,
    celeryd_init,
    setup_logging,
    task_prerun,
    worker_init,
    worker_ready,
)
from django.db import close_old_connections

from shop.start import stop_unless_configured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

logger = logging.getLogger("shop.start")


@setup_logging.connect
def keep_logging(**_: Any) -> None:
    """Keep Django's logging: Celery leaves it alone if this signal has a receiver."""


@celeryd_init.connect
def give_redis_five_seconds(conf: Any, **_: Any) -> None:
    """A worker waits a second for each message, so it must wait longer for an answer."""
    conf.broker_transport_options |= {"socket_timeout": 5, "socket_connect_timeout": 5}


@worker_init.connect
def check_the_worker(**_: Any) -> None:
    stop_unless_configured()


@beat_init.connect
def check_beat(**_: Any) -> None:
    stop_unless_configured()
    logger.info("Beat ready")


@task_prerun.connect
def close_broken_connections(**_: Any) -> None:
    """Close a broken or old connection. A new one for each task would cost as much as the task."""
    close_old_connections()


@worker_ready.connect
def log_that_the_worker_is_ready(**_: Any) -> None:
    logger.info("Worker ready")
