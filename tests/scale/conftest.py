"""A shop whose machines the tests start, and whose books must be in order at the end."""

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from orders.invariants import find_violations
from sandbox.inbox import Inbox
from sandbox.stripe import StripeStandIn
from tests.chaos.radios import PRICES
from tests.steps.factories import make_car_model, make_fallback_radio, make_radio
from tests.steps.processes import STATIC, Shop, collect_static_files


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox() as running:
        yield running


@pytest.fixture
def stripe() -> Iterator[StripeStandIn]:
    with StripeStandIn(api_key="sk_test_tests", webhook_secret="whsec_tests") as running:
        yield running


@pytest.fixture
def shop(tmp_path: Path, stripe: StripeStandIn, inbox: Inbox) -> Iterator[Shop]:
    make_radio(prices=PRICES)
    make_fallback_radio(prices=PRICES)
    make_car_model()
    with Shop(tmp_path, stripe, inbox) as running:
        running.environment |= {
            "TRUSTED_PROXIES": "1",
            "VELOCITY_SERIALS": "100000",
            "LOG_LEVEL": "WARNING",
        }
        collect_static_files(running.environment)
        static = tmp_path / "static"
        shutil.copytree(STATIC, static, copy_function=os.link)
        running.environment["STATIC_ROOT"] = str(static)
        yield running
        assert list(find_violations(settled_for=timedelta(0))) == []
