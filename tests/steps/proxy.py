"""A small reverse proxy in front of several machines, as nginx or a load balancer would be.

Machines take turns. One that is not ready (/readyz/) is left out. A request goes to another machine
only if nothing of it was sent to the first: what was sent may have been done.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType

LOOKS_EVERY = 0.25  # seconds
TOO_LATE = 2.0  # for a machine to say that it is ready
END = b"\r\n\r\n"


@dataclass
class Proxy:
    """`answers` counts what the machines said; `cut` has the requests that one broke off."""

    port: int
    machines: dict[str, int]  # the ports by name
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    cut: list[tuple[str, str]] = field(default_factory=list)
    nobody: list[str] = field(default_factory=list)  # requests for which no machine was ready

    def __post_init__(self) -> None:
        self.ready: dict[str, bool] = dict.fromkeys(self.machines, False)
        self._next = 0
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._run()))

    def __enter__(self) -> "Proxy":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()
        self._loop.close()

    def statuses(self, name: str = "") -> set[int]:
        return {status for machine, status in self.answers if name in ("", machine)}

    async def _run(self) -> None:
        looks = [asyncio.create_task(self._look_at(name)) for name in self.machines]
        async with await asyncio.start_server(self._handle, "127.0.0.1", self.port):
            await self._over.wait()
        for look in looks:
            look.cancel()
        await asyncio.sleep(0.05)  # connections of the last moment have their tasks by then
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for other in others:
                other.cancel()
            await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)  # until what they closed is closed

    async def _look_at(self, name: str) -> None:
        asked = b"GET /readyz/ HTTP/1.1\r\nHost: proxy\r\nConnection: close\r\n\r\n"
        while True:
            try:
                async with asyncio.timeout(TOO_LATE):
                    answer = await exchange(*await self._reach(name), asked)
                self.ready[name] = status_of(answer) == 200
            except (OSError, TimeoutError):
                self.ready[name] = False
            await asyncio.sleep(LOOKS_EVERY)

    async def _reach(self, name: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.machines[name], limit=1 << 20)

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            request = await read_request(reader)
            writer.write(await self._answer(request))
            await writer.drain()
        writer.close()

    async def _answer(self, request: bytes) -> bytes:
        line = request.partition(b"\r\n")[0].decode()
        for name in self._turns():
            try:
                connection = await self._reach(name)
            except OSError:
                self.ready[name] = False
                continue  # nothing was sent: the next machine may have it
            try:
                answer = await exchange(*connection, request)
            except OSError:
                answer = b""
            if not is_whole(answer):
                self.cut.append((name, line))
                return b"HTTP/1.1 502 Cut off\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            self.answers[name, status_of(answer)] += 1
            return answer
        self.nobody.append(line)
        return b"HTTP/1.1 503 Nobody\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

    def _turns(self) -> Iterator[str]:
        self._next += 1
        names = [name for name, ready in self.ready.items() if ready]
        for place in range(len(names)):
            yield names[(self._next + place) % len(names)]


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """With `Connection: close` in place of what the client said of its connection."""
    head = await reader.readuntil(END)
    lines = head.removesuffix(END).split(b"\r\n")
    kept = [line for line in lines if not line.lower().startswith(b"connection:")]
    body = await reader.readexactly(length_of(head))
    return b"\r\n".join([*kept, b"Connection: close"]) + END + body


async def exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> bytes:
    try:
        writer.write(request)
        return await reader.read()
    finally:
        writer.close()


def length_of(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


def status_of(answer: bytes) -> int:
    return int(answer[9:12] or 0)


def is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(END)
    if b"transfer-encoding: chunked" in head.lower():
        return body.endswith(b"0" + END)
    return bool(end) and (status_of(answer) == 304 or len(body) == length_of(head))
