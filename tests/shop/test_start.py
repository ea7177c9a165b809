"""Web, worker and beat do not start with settings that are wrong or missing."""

import os
import shlex
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.checks import Error

from shop.start import report

COMMANDS = {
    "web": ["gunicorn", "--config=python:shop.gunicorn", "--bind=127.0.0.1:0", "shop.wsgi"],
    "worker": ["celery", "--app=shop", "worker"],
    "beat": ["celery", "--app=shop", "beat"],
}


def start(name: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *COMMANDS[name]],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"]} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_it_does_not_start_without_its_settings(name: str) -> None:
    done = start(name, {})
    assert done.returncode == 78
    assert "shop.E001: SECRET_KEY is missing." in done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_it_does_not_start_with_a_key_of_the_other_mode(name: str) -> None:
    lines = (settings.BASE_DIR / "tests/production.env").read_text().splitlines()
    production = dict(shlex.split(line)[0].split("=", 1) for line in lines if "=" in line)
    for wrong in ({"STRIPE_SECRET_KEY": "sk_test_invented"}, {"STRIPE_LIVE": "false"}):
        done = start(name, production | wrong)
        assert done.returncode == 78
        assert "shop.E011" in done.stderr


def test_the_report_names_each_fault_and_what_to_do() -> None:
    errors = [Error("A is missing.", hint="Set A.", id="x.E1"), Error("B is wrong.", id="x.E2")]
    assert report(errors) == (  # type: ignore[arg-type]
        "The shop does not start: 2 checks failed.\n"
        "x.E1: A is missing.\n    Set A.\n"
        "x.E2: B is wrong.\n"
    )
