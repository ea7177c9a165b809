"""Runs once what the installed machine does by itself."""

import re

from tools.operations.guide import GUIDE
from tools.operations.machine import Machine


def as_timer(machine: Machine, name: str) -> None:
    """Start the service as its timer would, and see that the timer will do so."""
    machine.run(f"systemctl list-timers --no-legend {name}.timer | grep {name}.service")
    machine.run(f"systemctl start {name}.service")


def prove_the_name(machine: Machine, name: str) -> None:
    """As certbot does: what lies in the folder that the guide gives it is served over http."""
    [folder] = re.findall(r"certbot certonly --webroot --webroot-path (\S+)", GUIDE.read_text())
    machine.write(f"{folder}/.well-known/acme-challenge/token", "proven")
    address = f"http://{name}/.well-known/acme-challenge/token"
    machine.run(f'test "$(curl --fail --silent --show-error {address})" = proven')
