"""What the machine does by itself once it is installed, and nobody looks on: tried once at once."""

import re
import shlex

from tools.operations.guide import GUIDE
from tools.operations.machine import Machine


def as_cron(machine: Machine, table: str) -> None:
    """What its only line says, with as little around it as Debian's cron gives."""
    _when, command = machine.read(table).split(" root ")
    machine.run(f"env -i PATH=/usr/bin:/bin HOME=/root /bin/sh -c {shlex.quote(command.strip())}")


def prove_the_name(machine: Machine, name: str) -> None:
    """As certbot does: what lies in the folder that the guide gives it is served over http."""
    [folder] = re.findall(r"certbot certonly --webroot --webroot-path (\S+)", GUIDE.read_text())
    machine.write(f"{folder}/.well-known/acme-challenge/token", "proven")
    address = f"http://{name}/.well-known/acme-challenge/token"
    machine.run(f'test "$(curl --fail --silent --show-error {address})" = proven')
