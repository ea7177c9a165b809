"""Addresses on which everything listens, and the environment of each process."""

import os
import shlex
import socket
from dataclasses import dataclass
from pathlib import Path

from sandbox.demo.trouble import TroubleError

ROOT = Path(__file__).resolve().parent.parent.parent
VAR = Path(os.environ.get("DEMO_VAR") or ROOT / "var")
DESCRIPTION = VAR / "demo.json"  # the login and the serials to try, once they are there

# What the demo's processes may see of the shell that started it. A list of what is let in, since
# a production shop's DATABASE_URL, or a SECRET_KEY_FILE, must never reach the demo.
PASSED_ON = (
    "DEMO_VAR",
    "HOME",
    "LANG",
    "LC_ALL",
    "LOG_FORMAT",
    "LOG_LEVEL",
    "PATH",
    "TERM",
    "TMPDIR",
    "USER",
)


@dataclass(frozen=True)
class Port:
    variable: str
    usual: int
    what: str

    @property
    def number(self) -> int:
        given = os.environ.get(self.variable) or str(self.usual)
        if not given.isdigit() or not 0 < int(given) < 65536:
            raise TroubleError(f"{self.variable} is {given!r}, which is no port number.")
        return int(given)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.number}"


SHOP = Port("SHOP_PORT", 8000, "the shop")
INBOX = Port("INBOX_PORT", 8025, "the inbox's page")
SMTP = Port("SMTP_PORT", 8026, "the inbox's mail server")
STRIPE = Port("STRIPE_PORT", 8420, "the Stripe stand-in")
SUPPLIER = Port("SUPPLIER_PORT", 8430, "the supplier's stand-in")
REDIS = Port("REDIS_PORT", 8379, "Valkey")
PORTS = (SHOP, INBOX, SMTP, STRIPE, SUPPLIER, REDIS)


def check_ports() -> None:
    numbers = [port.number for port in PORTS]
    for port in PORTS:
        if numbers.count(port.number) > 1:
            raise TroubleError(f"Port {port.number} is given to two servers: see {port.variable}.")
        if not is_free(port.number):
            raise TroubleError(
                f"Port {port.number}, meant for {port.what}, is taken: stop what listens there, or "
                f"choose another, as in `{port.variable}={port.usual + 1000} make run`."
            )


def is_free(number: int) -> bool:
    """Whether it is free; on ::1 neither, where browsers look for localhost first."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, number))
        except OSError:
            # a machine without IPv6 cannot bind there, and has no listener there
            if family == socket.AF_INET or answers(host, number):
                return False
    return True


def answers(host: str, number: int) -> bool:
    try:
        socket.create_connection((host, number), timeout=1).close()
    except OSError:
        return False
    return True


def environment() -> dict[str, str]:
    """The demo's settings, and the addresses wherever they were moved."""
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    addresses = {
        "SITE_URL": SHOP.url,
        "DATABASE_URL": f"sqlite:///{VAR / 'demo.sqlite3'}",
        "REDIS_URL": f"redis://127.0.0.1:{REDIS.number}/0",
        "EMAIL_URL": f"smtp://127.0.0.1:{SMTP.number}",
        "STRIPE_API_BASE": STRIPE.url,
        "PELOCK_API_URL": f"{SUPPLIER.url}/api/radio-code-calculator/v1",
        "STATIC_ROOT": str(VAR / "static"),
    }
    ours = {"DJANGO_SETTINGS_MODULE": "shop.settings", "PYTHONUNBUFFERED": "1"}
    return passed_on | read_settings(ROOT / "sandbox" / "demo.env") | ours | addresses


def read_settings(path: Path) -> dict[str, str]:
    """NAME=value lines, quoted as a shell would have them."""
    words = shlex.split(path.read_text(), comments=True)
    return dict(word.split("=", 1) for word in words)
