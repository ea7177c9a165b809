"""nginx and Caddy with the files of deploy/, in front of an upstream that has one thread."""

import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.conf import settings

from tests.servers import free_port
from tests.steps.order_links import LINKS, TOKEN
from tests.steps.processes import Process, wait_until

DEPLOY = settings.BASE_DIR / "deploy"
NAME = "localhost"
LONG_ANSWER = 1_500_000  # more than any page or file has
TLS_1_2 = ("-tls1_2", "-cipher")


def program(name: str) -> str:
    """The path of a server that CI has, and other machines may lack."""
    beside_python = str(Path(sys.executable).parent)
    if path := shutil.which(name) or shutil.which(name, path=beside_python):
        return path
    pytest.skip(f"{name} is not installed")


class Upstream(HTTPServer):
    """Answers one request after the other: who holds its thread holds up all others."""

    request_queue_size = 100
    asked: list[str]


class Handler(BaseHTTPRequestHandler):
    server: Upstream
    timeout = 10

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        body = b"x" * (LONG_ANSWER if self.path == "/long/" else 10)
        self.send_response(200)
        missing = (
            10 if "RC-" in self.path else 0
        )  # a proxy logs the request whose answer breaks off
        self.send_header("Content-Length", str(len(body) + missing))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        while "Transfer-Encoding" in self.headers and self.rfile.readline() not in (b"0\r\n", b""):
            pass
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


class Proxy:
    def __init__(self, kind: str, folder: Path, upstream: int) -> None:
        self.kind, self.folder, self.upstream = kind, folder, upstream
        self.port, self.http_port = free_port(), free_port()
        self.process = getattr(self, f"start_{kind}")()
        wait_until(self.answers, seconds=20, what=f"{kind} answers")

    def start_caddy(self) -> Process:
        """With a certificate of its own, since it is for localhost."""
        text = (DEPLOY / "Caddyfile").read_text().replace("web:8000", f"127.0.0.1:{self.upstream}")
        ports = f"http_port {self.http_port}\n https_port {self.port}\n"
        changes = f"{{\n admin off\n skip_install_trust\n {ports} storage file_system data\n"
        (self.folder / "Caddyfile").write_text(text.replace("{\n", changes, 1))
        environment = {"SITE_HOST": NAME, "HOME": str(self.folder)}
        command = [program("caddy"), "run", "--config", "Caddyfile", "--adapter", "caddyfile"]
        return Process("caddy", command, environment, self.folder, root=self.folder)

    def start_nginx(self) -> Process:
        key, certificate = self.folder / "privkey.pem", self.folder / "fullchain.pem"
        made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={NAME}"]
        made += ["-keyout", str(key), "-out", str(certificate)]
        subprocess.run(made, check=True, capture_output=True)
        text = (DEPLOY / "nginx.conf").read_text()
        for before, after in {
            r"listen \[::\].*\n": "",
            r"listen 80;": f"listen 127.0.0.1:{self.http_port};",
            r"listen 443 ": f"listen 127.0.0.1:{self.port} ",
            r"shop\.example\.com(?=;)": NAME,
            r"/etc/letsencrypt/live/shop\.example\.com|/var/log/nginx": str(self.folder),
            r"127\.0\.0\.1:8000": f"127.0.0.1:{self.upstream}",
        }.items():
            text, count = re.subn(before, after, text)
            assert count, before
        files = "".join(f"{each}_temp_path {self.folder}/{each};\n" for each in
                        ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))  # fmt: skip
        around = f"daemon off; pid {self.folder}/pid; user root; error_log stderr;\n"
        around += f"events {{}}\nhttp {{\n{files}{text}\n}}\n"
        (self.folder / "nginx.conf").write_text(around)
        command = [program("nginx"), "-e", "stderr", "-c", str(self.folder / "nginx.conf")]
        return Process("nginx", command, {}, self.folder, root=self.folder)

    def connect(self) -> ssl.SSLSocket:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        return context.wrap_socket(plain, server_hostname=NAME)

    def get(self, path: str) -> str:
        """The status of the answer."""
        with self.connect() as talk:
            talk.sendall(
                f"GET {path} HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n".encode()
            )
            return talk.recv(1000).decode().split(" ")[1]

    def answers(self) -> bool:
        try:
            return self.get("/") == "200"
        except OSError:
            return False

    def logged(self) -> str:
        return "".join(file.read_text() for file in self.folder.glob("*.log"))


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    server = Upstream(("127.0.0.1", 0), Handler)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def proxy(
    request: pytest.FixtureRequest, upstream: Upstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    started = Proxy(request.param, tmp_path_factory.mktemp("proxy"), upstream.server_port)
    yield started
    started.process.stop()


POST = f"POST /orders/find/ HTTP/1.1\r\nHost: {NAME}\r\nContent-Type: text/plain\r\n"


@pytest.mark.parametrize("begun", [
    f"GET /slow-head/ HTTP/1.1\r\nHost: {NAME}\r\nX-A: ",
    POST + "Content-Length: 1000\r\n\r\na",
    POST + "Transfer-Encoding: chunked\r\n\r\n3e8\r\na",
    POST + "Content-Length: 20000000\r\n\r\n" + "a" * 12_000_000,
    f"GET /long/ HTTP/1.1\r\nHost: {NAME}\r\n\r\n",
], ids=["head", "body", "chunked", "long-body", "answer"])  # fmt: skip
def test_slow_clients_hold_up_nobody(proxy: Proxy, begun: str) -> None:
    talks = [proxy.connect() for _ in range(10 if len(begun) < 1000 else 2)]
    try:
        for talk in talks:
            talk.sendall(begun.encode())
        time.sleep(0.5)
        before = time.monotonic()
        assert proxy.get("/quick/") == "200"
        assert time.monotonic() - before < 2
    finally:
        for talk in talks:
            talk.close()


@pytest.mark.parametrize(
    "path", ["/metrics", "/metrics?a=b", "/%6Detrics", "//metrics", "/./metrics", "/a/../metrics"]
)
def test_metrics_are_nobodys(proxy: Proxy, upstream: Upstream, path: str) -> None:
    """They are asked of the web processes themselves: see docs/operations.md."""
    upstream.asked.clear()
    assert proxy.get(path) == "404"
    assert not upstream.asked
    assert proxy.get("/metrics/") == "200"


@pytest.mark.parametrize(
    "cipher",
    ["AES256-SHA", "AES128-GCM-SHA256", "ECDHE-RSA-AES256-SHA", "DHE-RSA-AES128-GCM-SHA256"],
)
def test_weak_ciphers_are_refused(proxy: Proxy, cipher: str) -> None:
    assert not handshake(proxy, *TLS_1_2, cipher)
    assert not handshake(proxy, "-tls1_1")


def test_strong_ciphers_are_taken(proxy: Proxy) -> None:
    for kind in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"):
        assert handshake(proxy, *TLS_1_2, f"ECDHE-RSA-{kind}:ECDHE-ECDSA-{kind}")
    assert handshake(proxy, "-tls1_3")


def handshake(proxy: Proxy, *options: str) -> bool:
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{proxy.port}", "-servername", NAME]
    done = subprocess.run([*command, *options], input=b"", capture_output=True, check=False)
    return not done.returncode


@pytest.mark.parametrize("link", LINKS)
def test_no_log_has_the_token_of_an_order_link(proxy: Proxy, link: str) -> None:
    proxy.get(f"{link}?next={TOKEN}")
    if proxy.kind == "nginx":
        wait_until(lambda: "***" in proxy.logged(), seconds=5, what="the line is written")
    assert TOKEN not in proxy.logged()


def test_the_log_tells_what_was_asked_for(proxy: Proxy) -> None:
    if proxy.kind == "caddy":
        pytest.skip("Caddy keeps no access log")
    proxy.get(f"/orders/RC-7K3D-92QF/{TOKEN}/status/")
    proxy.get("/nissan/micra/?q=a")
    for line in ("GET /orders/RC-7K3D-92QF/***/status/", "GET /nissan/micra/"):
        wait_until(lambda line=line: f'"{line}" 200' in proxy.logged(), seconds=5, what=line)  # type: ignore[misc]
