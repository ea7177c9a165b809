"""Configures gunicorn: `gunicorn --config python:shop.gunicorn shop.wsgi`.

Flags and GUNICORN_CMD_ARGS override it: --bind, --workers.
"""

import logging
import os
import shutil
from typing import Any

from django.conf import settings
from gunicorn.glogging import Logger

from shop.observability.logs import JsonFormatter, MaskingFormatter, mask
from shop.observability.metrics.folder import new_folder
from shop.start import stop_unless_configured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")


class MaskingLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Keeps the tokens of order links out of both of gunicorn's logs."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                old = handler.formatter
                plain = MaskingFormatter(old and old._fmt, old and old.datefmt)
                handler.setFormatter(plain if settings.LOG_FORMAT == "plain" else JsonFormatter())

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Cut what gunicorn quotes of an invalid request: lines, headers, cookies."""
        super().warning(msg.partition(" from ip=")[0], *args, **kwargs)

    def atoms(
        self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any
    ) -> dict[str, Any]:
        """Drop query string and referrer, whatever the format asks for."""
        atoms: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        path = mask(environ.get("PATH_INFO") or "-")
        request = f"{environ.get('REQUEST_METHOD')} {path} {environ.get('SERVER_PROTOCOL')}"
        return atoms | {"U": path, "r": request, "q": "", "f": "-"}


def on_starting(server: Any) -> None:
    """Refuse to serve a half-configured shop, before the first worker starts."""
    # before anything is imported that counts requests
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = new_folder()
    stop_unless_configured()
    logging.getLogger("shop.start").info("Web starts")


def on_exit(server: Any) -> None:
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)


worker_class = "gthread"
workers = 2
threads = 4
# of a worker that hangs; a request is limited by what it asks: the database 15 s, Stripe 20 s
timeout = 60
# for requests under way after SIGTERM; later ones see an error
graceful_timeout = 20
# Our proxies send no such headers; those of strangers would end in a 500.
forwarder_headers = ""
# A connection that a proxy keeps open must not hold a thread for long.
keepalive = 5
# More than any page of the shop needs. A slow client occupies one of eight threads, so a proxy must
# stand in front.
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190
# A worker shows that it lives by touching a file, which must never wait for a disk.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
# Workers are not replaced after so many requests: a new one has no pages in memory. MemoryMax in
# deploy/systemd restarts one that grows without end.
max_requests = 0
logger_class = MaskingLogger
# Only with --access-logfile: shop/http/request_log.py logs requests, with their ids and orders.
access_log_format = "%(m)s %(U)s %(s)s %(B)sB %(M)sms"
control_socket_disable = True
