"""A threaded HTTP server that is quiet and stops at once."""

import signal
import threading
from typing import TYPE_CHECKING, Protocol

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class Service(Protocol):
    """Something that runs in threads of its own until it is stopped."""

    def start(self) -> object: ...

    def stop(self) -> None: ...


class QuietHandler(WSGIRequestHandler):
    """Keeps the demo's terminal for the shop's own messages."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass

    def log_error(self, format: str, *args: object) -> None:
        pass


class HttpServer:
    """Serves a WSGI application from a thread; port 0 takes a free one."""

    def __init__(self, app: "WSGIApplication", host: str = "127.0.0.1", port: int = 0) -> None:
        self._server: BaseWSGIServer = make_server(
            host, port, app, threaded=True, request_handler=QuietHandler
        )
        self.host = host
        self.port: int = self._server.server_port
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def start(self) -> None:
        # The short poll is what makes stop() return at once.
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True, name="http-server"
        )
        self._thread.start()

    def stop(self) -> None:
        if self._thread:
            self._server.shutdown()
            self._thread.join(2)
            self._thread = None
        self._server.server_close()


def run_until_signalled(*services: Service) -> None:
    """Start the services, wait for SIGTERM or SIGINT, and stop them in reverse order."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    for service in services:
        service.start()
    stopped.wait()
    for service in reversed(services):
        service.stop()
