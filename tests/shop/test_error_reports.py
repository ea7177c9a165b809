"""What Sentry gets of errors, received as Sentry would."""

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import brotli
import pytest

from tests.steps.leaks import found_in

ROOT = Path(__file__).resolve().parent.parent.parent
SECRETS = {
    "serial": "BP430712345678",
    "code": "4307",
    "token": "Zb1_secret-token-x9-of-32-letters",
    "email": "anna.lind@mail.example",
    "session": "n3v4r-t0-b3-t0ld-s3ss10n",
    "address": "198.51.100.77",
}


@pytest.fixture(scope="module")
def received() -> Iterator[list[str]]:
    """Envelopes, as they came over the wire."""
    envelopes: list[str] = []

    class Sentry(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            match self.headers.get("Content-Encoding"):
                case "br":
                    body = brotli.decompress(body)
                case "gzip":
                    body = gzip.decompress(body)
            envelopes.append(f"{self.path}\n{self.headers}\n{body.decode()}")
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Sentry) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        run_the_broken_shop(f"http://key@127.0.0.1:{server.server_port}/4")
        server.shutdown()
        thread.join()
    yield envelopes


def run_the_broken_shop(dsn: str) -> str:
    """Returns which modules of Sentry's it has loaded."""
    environment = os.environ | {
        "SENTRY_DSN": dsn,
        "SENTRY_RELEASE": "2026.11",
        "DATABASE_URL": "sqlite:///:memory:",
        "DJANGO_SETTINGS_MODULE": "shop.settings",
        "GIVEN": json.dumps(SECRETS),
    }
    command = [sys.executable, "-X", "importtime", "-m", "tests.steps.broken_shop"]
    ran = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, timeout=60, capture_output=True, text=True
    )
    return "\n".join(line for line in ran.stderr.splitlines() if "sentry_sdk" in line)


def events(received: list[str]) -> list[dict[str, Any]]:
    parsed = [json.loads(line) for one in received for line in one.splitlines() if line[:1] == "{"]
    return [each for each in parsed if "level" in each]


def test_each_error_arrives_with_its_place_and_not_a_word_of_anybodys(received: list[str]) -> None:
    assert found_in("\n".join(received), SECRETS) == []
    logged, in_view, in_task = events(received)
    assert logged["logentry"] == {"message": "order %s: %s of %s"}
    assert [each["type"] for each in in_view["exception"]["values"]] == ["ValueError"]
    assert [each["type"] for each in in_task["exception"]["values"]] == ["KeyError", "RuntimeError"]
    last = in_view["exception"]["values"][0]["stacktrace"]["frames"][-1]
    assert last["function"] == "fails" and last["context_line"].strip().startswith("raise")
    assert in_view["request"] == {
        "method": "POST", "url": "http://testserver/orders/RC-7K3D-92QF/***/"
    }  # fmt: skip


def test_a_report_leads_to_the_lines_of_the_log(received: list[str]) -> None:
    _logged, in_view, in_task = events(received)
    assert in_view["tags"] == {"request_id": "ab-12", "order": "RC-7K3D-92QF"}
    assert (in_task["tags"]["request_id"], in_task["tags"]["task"]) == ("ab-12", "fails_later")
    assert (in_view["release"], in_view["environment"]) == ("2026.11", "production")


def test_without_an_address_the_library_is_not_even_loaded() -> None:
    assert run_the_broken_shop("") == ""
