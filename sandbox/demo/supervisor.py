"""Starts the demo's processes, watches them, and leaves none behind.

honcho's Manager does not start a process again and cannot tell when one answers; beyond that
there is little left for it to do.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from sandbox.demo.addresses import ROOT, VAR
from sandbox.demo.processes import Process
from sandbox.demo.trouble import TroubleError

PIDS = VAR / "demo.pids"
READY_WITHIN = 60  # seconds; a slow machine needs ten
STOPPED_WITHIN = 8  # seconds, then SIGKILL
RESTARTS = 5  # of one process, before it is given up
EX_CONFIG = 78  # the shop's own word for wrong settings: starting again would not help

# If the demo itself is killed, the kernel ends its processes.
DIE_WITH_PARENT = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []


class Supervisor:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._processes: dict[str, Process] = {}
        self._restarts: dict[str, int] = {}

    def start(self, processes: list[Process]) -> None:
        for process in processes:
            process.log.parent.mkdir(parents=True, exist_ok=True)
            process.log.write_bytes(b"")
            self._spawn(process)

    def _spawn(self, process: Process) -> None:
        with process.log.open("ab") as log:
            self._running[process.name] = subprocess.Popen(
                [*DIE_WITH_PARENT, *process.command],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # a group of its own: Ctrl-C reaches the demo alone, which stops them in order
                start_new_session=True,
            )
        self._processes[process.name] = process
        PIDS.write_text("\n".join(str(child.pid) for child in self._running.values()))

    def wait_until_ready(self, processes: list[Process]) -> None:
        deadline = time.monotonic() + READY_WITHIN
        for process in processes:
            while not process.is_ready():
                self.look()
                if time.monotonic() > deadline:
                    raise TroubleError(
                        f"{process.name} does not answer after {READY_WITHIN} s."
                        + last_lines(process.log)
                    )
                time.sleep(0.1)

    def look(self) -> None:
        """Start again what may be, and give up when anything else has ended."""
        for name, child in list(self._running.items()):
            if child.poll() is not None:
                self._start_again_or_give_up(self._processes[name], child.returncode)

    def _start_again_or_give_up(self, process: Process, code: int) -> None:
        # what it left behind in its group, such as a worker's own processes
        kill_group(self._running[process.name].pid, signal.SIGKILL)
        count = self._restarts[process.name] = self._restarts.get(process.name, 0) + 1
        if not process.restarts or code == EX_CONFIG or count > RESTARTS:
            del self._running[process.name]
            raise TroubleError(f"{process.name} ended with {code}." + last_lines(process.log))
        print(f"{process.name} ended with {code} and is started again.", flush=True)
        self._spawn(process)

    def stop(self) -> None:
        """Ask all to stop, last started first, and insist after a while."""
        for child in reversed(self._running.values()):
            kill_group(child.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOPPED_WITHIN
        for child in self._running.values():
            with suppress(subprocess.TimeoutExpired):
                child.wait(max(0, deadline - time.monotonic()))
            # also what a process left behind in its group
            kill_group(child.pid, signal.SIGKILL)
            child.wait()
        self._running.clear()
        PIDS.unlink(missing_ok=True)


def last_lines(log: Path, count: int = 15) -> str:
    lines = log.read_text(errors="replace").splitlines()[-count:]
    return "\n    ".join([f" The end of {os.path.relpath(log, ROOT)}:", *lines])


def kill_group(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def stop_leftovers() -> None:
    """End what an earlier demo, killed hard, could not stop; only if it is of this very folder."""
    if not PIDS.exists():
        return
    for pid in PIDS.read_text().split():
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                command = file.read()
        except OSError:
            continue
        if str(ROOT).encode() in command:
            kill_group(int(pid), signal.SIGKILL)
    PIDS.unlink()
