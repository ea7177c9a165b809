"""Every radio on sale has steps to enter its code, or the shop says so before payment."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.template.loader import render_to_string
from django.test import Client
from pytest_django import DjangoDbBlocker

from guides.models import CarModel, Generation, Procedure
from orders.instructions import entry_steps
from orders.models import Radio
from tests.steps.content import load_all, loaded

WITHOUT = "without button steps"


@pytest.fixture(scope="module")
def radios(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[Radio]]:
    with django_db_blocker.unblock(), transaction.atomic():
        loaded(load_all)
        yield list(Radio.objects.filter(is_on_sale=True).select_related("brand"))
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_every_radio_has_steps_or_the_sentence_before_payment(
    radios: list[Radio], client: Client
) -> None:
    said: dict[bool, list[str]] = {True: [], False: []}
    for radio in radios:
        has_steps = bool(entry_steps(radio))
        said[has_steps].append(str(radio))
        path = f"/order/{radio.brand.slug}/"
        typed = {"serial": radio.example or "", "shows": "code"}
        form = client.post(f"{path}serial/", typed).content.decode()
        assert (WITHOUT in form) is not has_steps, radio
        if not has_steps and radio.brand.guides.exists():
            assert WITHOUT in client.get(radio.brand.get_absolute_url()).content.decode(), radio
    assert said[True] and said[False]


@pytest.mark.django_db
def test_steps_name_radios_that_are_there(radios: list[Radio]) -> None:
    keys: dict[int, set[str]] = {}
    for radio in radios:
        keys.setdefault(radio.brand_id, set()).add(radio.key)
    for row in Procedure.objects.exclude(radios="").select_related("guide"):
        assert set(row.radios.split()) <= keys[row.guide.brand_id], row


@pytest.mark.django_db
def test_a_touchscreen_is_not_sent_to_preset_buttons(radios: list[Radio]) -> None:
    connect = next(radio for radio in radios if radio.key == "nissan-connect-lcn")
    assert {step.drawing for step in entry_steps(connect)} == {"keypad"}
    qashqai = CarModel.objects.get(slug="qashqai")
    j11 = Generation.objects.get(car_model=qashqai, key="j11")
    assert [step.key for step in entry_steps(connect, qashqai, j11)] == ["enter-touchscreen-j11"]


@pytest.mark.django_db
def test_steps_of_another_generation_are_not_sent(radios: list[Radio]) -> None:
    nissan = [radio for radio in radios if radio.brand.slug == "nissan"]
    blaupunkt = next(radio for radio in nissan if radio.key == "blaupunkt-bp")
    micra = CarModel.objects.get(slug="micra")
    k14 = Generation.objects.get(car_model=micra, key="k14")
    assert "enter-presets" not in [step.key for step in entry_steps(blaupunkt, micra, k14)]


@pytest.mark.parametrize("steps", [[], ["Press."]])
def test_the_mails_subject_promises_only_what_is_in_it(steps: list[str]) -> None:
    context = {"order": {"brand": {"name": "Ford"}, "number": "RC-1"}, "staff_steps": steps}
    subject = render_to_string("emails/your_code/subject.txt", context)
    assert ("how to enter it" in subject) is bool(steps)
