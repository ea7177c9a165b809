"""Web, worker and beat do not start with settings that are wrong or missing."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.checks import Error

from sandbox.demo.addresses import read_settings
from shop.start import report

COMMANDS = {
    "web": ["gunicorn", "--config=python:shop.gunicorn", "--bind=127.0.0.1:0", "shop.wsgi"],
    "worker": ["celery", "--app=shop", "worker"],
    "beat": ["celery", "--app=shop", "beat"],
}
PRODUCTION = read_settings(settings.BASE_DIR / "tests/production.env")


@pytest.mark.parametrize(
    ("name", "environment", "error"),
    [
        ("web", {}, "shop.E001: SECRET_KEY is missing."),
        ("worker", PRODUCTION | {"STRIPE_SECRET_KEY": "sk_test_invented"}, "shop.E011"),
        ("beat", PRODUCTION | {"STRIPE_LIVE": "false"}, "shop.E011"),
    ],
)
def test_it_does_not_start(name: str, environment: dict[str, str], error: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *COMMANDS[name]],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"]} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 78
    assert error in done.stderr


def test_the_report_names_each_fault_and_what_to_do() -> None:
    errors = [Error("A is missing.", hint="Set A.", id="x.E1"), Error("B is wrong.", id="x.E2")]
    assert report(errors) == (  # type: ignore[arg-type]
        "The shop does not start: 2 checks failed.\n"
        "x.E1: A is missing.\n    Set A.\n"
        "x.E2: B is wrong.\n"
    )


def test_a_process_with_keys_is_closed_to_others_of_its_user() -> None:
    """All begin with this: web, workers, beat and commands."""
    ask = "import ctypes, django; django.setup(); print(ctypes.CDLL(None).prctl(3))"
    done = subprocess.run(
        [sys.executable, "-c", ask],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "shop.settings", "DEMO": "true"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "0\n"  # PR_GET_DUMPABLE
