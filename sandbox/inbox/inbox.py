"""The inbox as a whole, for tests and for the command line."""

import time

from sandbox.inbox.faults import Fault, Faults
from sandbox.inbox.mail import Box, Mail
from sandbox.inbox.pages import create_app
from sandbox.inbox.smtp import SmtpServer
from sandbox.server import HttpServer


class Inbox:
    """with Inbox() as inbox: send to inbox.host, inbox.smtp_port; read inbox.messages."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        smtp_port: int = 0,
        port: int = 0,
        data: str | None = None,
        password: str | None = None,
    ) -> None:
        self.host = host
        self._box = Box(data)
        self._faults = Faults()
        self._smtp = SmtpServer(self._box, self._faults, host, smtp_port, password)
        self._http = HttpServer(create_app(self._box, self._faults), host, port)

    def start(self) -> "Inbox":
        self._smtp.start()
        self._http.start()
        return self

    def stop(self) -> None:
        self._http.stop()
        self._smtp.stop()
        self._box.close()

    def __enter__(self) -> "Inbox":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def smtp_port(self) -> int:
        return self._smtp.port

    @property
    def url(self) -> str:
        return self._http.url

    @property
    def messages(self) -> list[Mail]:
        """Oldest first."""
        return self._box.all()

    def wait_for(self, count: int = 1, timeout: float = 5.0) -> list[Mail]:
        """The mails once there are that many, or what has come when the time is over."""
        until = time.monotonic() + timeout
        while len(self.messages) < count and time.monotonic() < until:
            time.sleep(0.01)
        return self.messages

    def fail(self, kind: str, to: str = "*", times: int | None = 1, seconds: float = 30.0) -> None:
        """4xx, 5xx, down (hangs up at the recipient), drop (kept, but no answer to DATA), slow or
        quit (kept, but no answer to QUIT), for recipients like `to`."""
        self._faults.add(Fault(kind, to, times, seconds))

    def heal(self) -> None:
        self._faults.clear()

    def clear(self) -> None:
        self._box.clear()
