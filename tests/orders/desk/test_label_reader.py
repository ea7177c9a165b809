"""The process that reads labels: what it reads, and what it may do."""

import json
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

import pytest

from orders.desk.label_photos import READER, last_of
from tests.steps.labels import as_jpeg, label, on_a_radio

pytestmark = pytest.mark.slow
SERIAL = "BP538469512132"
has_ocr = pytest.mark.skipif(
    find_spec("rapidocr") is None, reason="requirements-ocr.txt is not installed: .ci/ocr"
)


def read(photo: bytes, **limits: int) -> "subprocess.CompletedProcess[bytes]":
    """Run the reader, with other limits if given. This machine may be busy: no limit of ours."""
    code = (
        "import runpy; reader = runpy.run_path({0!r}); reader['main'].__globals__.update({1!r}); "
    )
    command = [sys.executable, "-I", str(READER)]
    if limits:
        code = code.format(str(READER), limits) + "raise SystemExit(reader['main']())"
        command = [sys.executable, "-I", "-c", code]
    return subprocess.run(command, input=photo, capture_output=True, env={}, timeout=120)


def photo(lines: list[str], barcode: str = "") -> bytes:
    return as_jpeg(on_a_radio(label(lines, barcode)))


@has_ocr
def test_it_reads_text() -> None:
    done = read(photo(["BLAUPUNKT", f"S/N {SERIAL}"]))
    assert last_of(done.stdout)["lines"] == ["BLAUPUNKT", f"S/N {SERIAL}"]
    assert done.returncode == 0


def test_it_reads_barcodes_though_the_rest_is_too_much() -> None:
    """The limit of memory is what the models need, and nothing more."""
    found: Mapping[str, Any] = last_of(read(photo(["RADIO"], SERIAL)).stdout)
    assert found["barcodes"] == [SERIAL]


@has_ocr
@pytest.mark.parametrize("limits", [{"CPU_SECONDS": 1}, {"MEMORY": 700 * 2**20}])
def test_its_limits_end_it(limits: dict[str, int]) -> None:
    done = read(photo(["BLAUPUNKT", f"S/N {SERIAL}"], SERIAL), **limits)
    assert done.returncode != 0
    assert last_of(done.stdout).get("lines", []) == []


@has_ocr
def test_its_threads_reach_no_file_no_network_and_no_process() -> None:
    code = f"""
import json, os, runpy, socket, threading
reader = runpy.run_path({str(READER)!r})
reader["text_reader"]()
idle = threading.Event()
results = []
def act():
    idle.wait()
    for what in (lambda: open("/etc/passwd"), socket.socket, os.fork, lambda: os.kill(1, 0)):
        try:
            what()
            results.append("done")
        except OSError as error:
            results.append(error.errno)
thread = threading.Thread(target=act)
thread.start()
reader["photo_decoder"].set_limits(reader["MEMORY"], reader["CPU_SECONDS"])
idle.set()
thread.join()
print(json.dumps(results))
"""
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, env={})
    assert json.loads(done.stdout) == [1, 1, 1, 1]  # EPERM
