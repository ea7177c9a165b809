"""Requests over connections that are kept open, as fast as they are answered. Loopback only."""

import socket
import threading
import time
from contextlib import closing


class Asker:
    """One connection. All answers to one request are of one length: only the first is parsed."""

    def __init__(self, port: int, path: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request = (
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip, br\r\n\r\n".encode()
        )
        self.head, self.body = self._first()

    def _first(self) -> tuple[bytes, bytes]:
        self.socket.sendall(self.request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._receive()
        head, _blank, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head
        fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:])
        while len(body) < int(fields[b"content-length"]):
            body += self._receive()
        return head, body

    def ask(self) -> None:
        left = len(self.head) + 4 + len(self.body)
        self.socket.sendall(self.request)
        while left > 0:
            left -= len(self._receive())
        assert left == 0, "an answer of another length"

    def _receive(self) -> bytes:
        data = self.socket.recv(1 << 17)
        assert data, "the server closed the connection"
        return data


def body_of(port: int, path: str) -> bytes:
    with closing((asker := Asker(port, path)).socket):
        return asker.body


def ask_for(port: int, path: str, seconds: float, connections: int) -> tuple[int, float]:
    """How many requests were answered, and in how many seconds."""
    counts = [0] * connections
    end = time.perf_counter() + seconds

    def ask(number: int) -> None:
        with closing((asker := Asker(port, path)).socket):
            while time.perf_counter() < end:
                asker.ask()
                counts[number] += 1

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(connections)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts), time.perf_counter() - began
