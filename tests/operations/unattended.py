"""What the machine does by itself once it is installed, and nobody looks on: tried once at once."""

import shlex

from tests.operations.machine import Machine


def as_cron(machine: Machine, table: str) -> None:
    """What its only line says, with as little around it as Debian's cron gives."""
    _when, command = machine.read(table).split(" root ")
    machine.run(f"env -i PATH=/usr/bin:/bin HOME=/root /bin/sh -c {shlex.quote(command.strip())}")
