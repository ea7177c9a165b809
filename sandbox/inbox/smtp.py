"""The SMTP side. Any user name and password is accepted, unless one password is set."""

import asyncio
import socket

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from sandbox.inbox.faults import Faults
from sandbox.inbox.mail import Box


class Authenticator:
    """Accepts any user with the password, if there is one."""

    def __init__(self, password: str | None) -> None:
        self.password = password

    def __call__(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        mechanism: str,
        data: LoginPassword,
    ) -> AuthResult:
        wanted = self.password
        is_right = wanted is None or data.password == wanted.encode()
        return AuthResult(success=is_right, handled=False)


HANGS_UP = "hangs_up"  # set on a session that ends without an answer to QUIT


def hang_up(server: SMTP) -> None:
    if isinstance(server.transport, asyncio.Transport):
        server.transport.abort()


class Handler:
    def __init__(self, box: Box, faults: Faults) -> None:
        self.box = box
        self.faults = faults

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        fault = self.faults.take(address, refusing=True)
        if fault and fault.kind == "down":
            hang_up(server)
        if fault and fault.refusal:
            return fault.refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        address = envelope.rcpt_tos[0] if envelope.rcpt_tos else ""
        fault = self.faults.take(address, refusing=False)
        if fault and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        content = envelope.content or b""
        raw = content.encode() if isinstance(content, str) else content
        self.box.add(envelope.mail_from or "", envelope.rcpt_tos, raw)
        if fault and fault.kind == "drop":
            hang_up(server)
        if fault and fault.kind == "quit":
            setattr(session, HANGS_UP, True)
        return "250 2.0.0 OK, kept"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if hasattr(session, HANGS_UP):
            hang_up(server)
        return "221 2.0.0 Bye"


def free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


class SmtpServer:
    """aiosmtpd can't say which port 0 became, so a free one is looked for here."""

    def __init__(
        self, box: Box, faults: Faults, host: str, port: int, password: str | None = None
    ) -> None:
        self.port = port or free_port(host)
        self._controller = Controller(
            Handler(box, faults),
            hostname=host,
            port=self.port,
            authenticator=Authenticator(password),
            auth_require_tls=False,
        )

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop(no_assert=True)
