"""A small run of `make chaos`, as its command: each outage once, and two orders in each."""

import re
import subprocess
import sys

import pytest

from tests.steps.processes import ROOT

pytestmark = pytest.mark.slow


def test_whatever_machine_fails_every_paid_order_ends_as_it_should() -> None:
    """In a process of its own: its servers are stopped and crashed, those of the tests are not."""
    command = [sys.executable, "-m", "tests.chaos", "--orders", "32", "--seed", "tests", "--quick"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=400)
    assert run.returncode == 0, run.stdout + run.stderr
    assert re.search(r"^all +\d+ +32 ", run.stdout, re.MULTILINE)
