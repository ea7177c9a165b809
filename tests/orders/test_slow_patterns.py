"""Patterns that staff write run under a clock, wherever they run."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import Client

from orders.models import Radio
from orders.radio_files import CONTENT, read_radios
from orders.retrieval.validation import fits
from orders.serials.confusables import pattern_fault
from tests.steps.factories import NEVER_ENDING, make_order, make_radio
from tests.steps.order_form import URL, answers

pytestmark = pytest.mark.django_db
AGES = "A" * 40


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    """Only the processor's time counts: the machine may be busy."""
    started = time.process_time()
    yield
    assert time.process_time() - started < 5


@pytest.mark.parametrize("need", ["second_number", "device_number"])
def test_a_customers_number(client: Client, need: str) -> None:
    make_radio(needs=[need], **{f"{need}_pattern": NEVER_ENDING})
    page = client.post(URL, answers(**{need: AGES}))
    assert need in page.context["form"].errors


def test_a_code() -> None:
    assert not fits(AGES, make_order(radio=make_radio(code_pattern=NEVER_ENDING)))


@pytest.mark.parametrize(
    "name", [field.name for field in Radio._meta.fields if field.name.endswith("pattern")]
)
def test_a_radio_with_such_a_pattern_is_not_saved_and_is_found(
    admin_client: Client, name: str
) -> None:
    radio = make_radio()
    page = f"/admin/orders/radio/{radio.pk}/change/"
    response = admin_client.post(page, {name: NEVER_ENDING, "example": AGES})
    assert "takes too long" in str(response.context["adminform"].form.errors[name])
    Radio.objects.update(**{name: NEVER_ENDING})
    found = run_checks(tags=["content"], databases=["default"])
    [warning] = [each.msg for each in found if each.id == "orders.W001"]
    assert f"its {name} is broken: it takes too long" in warning


def test_no_radio_of_the_files_has_one() -> None:
    for file in read_radios([CONTENT]):
        for entry in (*file.content.radios, *file.content.not_serials):
            values: dict[str, Any] = entry.model_dump()
            for name in (name for name in values if name.endswith("pattern")):
                assert not pattern_fault(values[name] or "")


def test_each_radio_of_the_files_says_what_its_numbers_look_like() -> None:
    for file in read_radios([CONTENT]):
        for radio in file.content.radios:
            assert bool(radio.second_number_pattern) == bool(radio.second_number_shape)
            assert bool(radio.device_number_pattern) == bool(radio.device_number_shape)
