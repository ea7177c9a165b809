"""How gunicorn serves the shop: `gunicorn --config python:shop.gunicorn shop.wsgi`.

What stands here gives way to gunicorn's own flags and to GUNICORN_CMD_ARGS: --bind, --workers.
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
    """Keeps the secret part of order links out of both of gunicorn's logs."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                old = handler.formatter
                plain = MaskingFormatter(old and old._fmt, old and old.datefmt)
                handler.setFormatter(plain if settings.LOG_FORMAT == "plain" else JsonFormatter())

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Of a request that is none gunicorn quotes what was sent: lines, headers, cookies."""
        super().warning(msg.partition(" from ip=")[0], *args, **kwargs)

    def atoms(
        self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any
    ) -> dict[str, Any]:
        """Without what follows the question mark and where the reader came from, in any format."""
        atoms: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        path = mask(environ.get("PATH_INFO") or "-")
        request = f"{environ.get('REQUEST_METHOD')} {path} {environ.get('SERVER_PROTOCOL')}"
        return atoms | {"U": path, "r": request, "q": "", "f": "-"}


def on_starting(server: Any) -> None:
    """Refuse to serve a half-configured shop, before the first worker starts."""
    # Before anything is imported that counts: each process writes its numbers to where the others
    # find them.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = new_folder()
    stop_unless_configured()
    logging.getLogger("shop.start").info("Web starts")


def on_exit(server: Any) -> None:
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)


worker_class = "gthread"
workers = 2
threads = 4
# of a worker that has stopped altogether; what a request may take is limited by what it asks: the
# database 15 s, Stripe 20 s
timeout = 60
# to finish what was begun, once told to stop; after it the proxy's customer sees an error
graceful_timeout = 20
# No proxy of ours says in headers where the shop is mounted: whoever else does would get a 500.
forwarder_headers = ""
# A connection that a proxy keeps open must not hold a thread for long.
keepalive = 5
# More than any page of the shop needs. A proxy has to stand in front in any case: here, who sends a
# request slowly holds a thread, and there are eight.
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190
# A worker says that it lives by touching a file, which must never wait for a disk.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
# No worker is replaced after so many requests: a new one starts with an empty memory of pages, and
# what grows without end is stopped by MemoryMax in deploy/systemd and started anew.
max_requests = 0
logger_class = MaskingLogger
# A request's line is written by shop/http/request_log.py, which knows its id and its order. Whoever
# wants gunicorn's as well, with --access-logfile, gets this.
access_log_format = "%(m)s %(U)s %(s)s %(B)sB %(M)sms"
control_socket_disable = True
