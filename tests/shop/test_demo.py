import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.demo import processes, supervisor
from sandbox.demo.addresses import PORTS, ROOT, SHOP, Port, check_ports, environment, is_free
from sandbox.demo.processes import Process, says
from sandbox.demo.supervisor import Supervisor
from sandbox.demo.trouble import TroubleError
from tests.servers import free_port


@pytest.fixture(autouse=True)
def own_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for port in PORTS:
        monkeypatch.setenv(port.variable, str(free_port()))
    monkeypatch.setattr(processes, "LOGS", tmp_path)
    monkeypatch.setattr(supervisor, "PIDS", tmp_path / "pids")


@pytest.fixture
def watcher() -> Iterator[Supervisor]:
    watcher = Supervisor(environment())
    yield watcher
    watcher.stop()


def process(name: str, code: str, restarts: bool = False) -> Process:
    return Process(name, [sys.executable, "-c", code], says(name, "ready"), restarts=restarts)


STAYS = "import time; print('ready', flush=True); time.sleep(60)"


def test_free_ports_are_fine() -> None:
    check_ports()


@pytest.mark.parametrize("port", PORTS)
def test_a_taken_port_is_named_with_the_variable_that_moves_it(
    port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1]
        monkeypatch.setenv(port.variable, str(number))
        with pytest.raises(TroubleError, match=rf"Port {number}, .* `{port.variable}="):
            check_ports()


@pytest.mark.parametrize("number", ["http", "0", "65536", "-1"])
def test_what_is_no_port_is_refused(number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PORT", number)
    with pytest.raises(TroubleError, match="SHOP_PORT"):
        check_ports()


def test_two_servers_cannot_share_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INBOX_PORT", str(SHOP.number))
    with pytest.raises(TroubleError, match="two servers"):
        check_ports()


def test_addresses_follow_the_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PORT", "9000")
    assert environment()["SITE_URL"] == "http://localhost:9000"


def test_a_production_shops_settings_stay_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://production")
    monkeypatch.setenv("SECRET_KEY_FILE", "/run/secrets/key")
    monkeypatch.setenv("STRIPE_LIVE", "true")
    settings = environment()
    assert settings["DATABASE_URL"].startswith("sqlite:///")
    assert not {"SECRET_KEY_FILE", "STRIPE_LIVE"} & set(settings)


def test_commands_work_on_the_database_of_the_demo(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whatever address the shell has."""
    monkeypatch.setenv("DEMO_VAR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "postgres://production")
    code = "from django.conf import settings; print(settings.DATABASES['default']['NAME'])"
    command = [sys.executable, "-m", "sandbox.demo.manage", "shell", "--no-imports", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(tmp_path / "demo.sqlite3")
    makefile = (ROOT / "Makefile").read_text()
    assert "-m sandbox.demo.manage $(ARGS)" in makefile


def test_it_waits_until_a_process_is_ready(watcher: Supervisor) -> None:
    wanted = [process("web", STAYS)]
    watcher.start(wanted)
    watcher.wait_until_ready(wanted)
    watcher.look()


def test_it_tells_which_process_ended_and_its_last_words(watcher: Supervisor) -> None:
    wanted = [process("web", "print('no key'); raise SystemExit(3)")]
    watcher.start(wanted)
    with pytest.raises(TroubleError, match=r"web ended with 3.*\n.*no key"):
        watcher.wait_until_ready(wanted)


def test_it_starts_a_worker_again_but_not_for_ever(
    watcher: Supervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = [process("worker", "raise SystemExit(1)", restarts=True)]
    watcher.start(wanted)
    with pytest.raises(TroubleError, match="worker ended with 1"):
        watcher.wait_until_ready(wanted)
    assert capsys.readouterr().out.count("started again") == supervisor.RESTARTS


def test_wrong_settings_are_not_tried_twice(watcher: Supervisor) -> None:
    wanted = [process("worker", "raise SystemExit(78)", restarts=True)]
    watcher.start(wanted)
    with pytest.raises(TroubleError, match="worker ended with 78"):
        watcher.wait_until_ready(wanted)


def test_stopping_ends_what_a_process_started(watcher: Supervisor) -> None:
    port = free_port()
    child = f"import socket, time; s = socket.create_server(('127.0.0.1', {port})); time.sleep(60)"
    parent = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}]); {STAYS}"
    watcher.start([process("web", parent)])
    until(lambda: not is_free(port))
    watcher.stop()
    until(lambda: is_free(port))


def until(is_so: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)
