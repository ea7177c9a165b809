from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks
from django.db.migrations.recorder import MigrationRecorder

from orders.models import Radio
from tests.steps.factories import make_radio, make_supplied_radio

pytestmark = pytest.mark.django_db


def messages_of() -> list[CheckMessage]:
    found = run_checks(tags=["content"], databases=["default"])
    return [each for each in found if each.id == "orders.W001"]


def test_a_good_radio_is_not_told() -> None:
    make_radio()
    assert messages_of() == []


def test_a_pattern_that_does_not_fit_its_own_example() -> None:
    radio = make_radio(pattern=r"^XY\d+$")
    [warning] = messages_of()
    assert (warning.obj, "does not fit its own example" in str(warning.msg)) == (radio, True)


def test_a_broken_pattern_fits_nothing() -> None:
    make_radio(pattern="(")
    assert len(messages_of()) == 1


def test_a_radio_that_rests_on_a_fact_that_is_not_there() -> None:
    make_radio(facts=["nissan.nothing.1"])
    assert "nissan.nothing.1" in str(messages_of()[0].msg)


@pytest.mark.parametrize(
    ("values", "currency", "words"),
    [
        ({"price": 49}, "eur", "eur: Stripe refuses payments below €0.50"),
        ({"price": 1499, "prices": {"gbp": 10}}, "eur", "gbp: Stripe refuses payments below"),
        ({"price": 1499}, "huf", "huf: Stripe refuses payments below HUF\N{NO-BREAK SPACE}175.00"),
    ],
)
def test_a_price_that_stripe_refuses(
    settings: Any, values: dict[str, Any], currency: str, words: str
) -> None:
    make_radio(**values)
    settings.CURRENCY = currency
    assert words in str(messages_of()[0].msg)


def test_a_name_that_receipts_cannot_show() -> None:
    make_radio(name="株 radio")
    assert "receipts cannot show: 株 (U+682A)" in str(messages_of()[0].msg)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"supplier_model": ""}, "go together"),
        ({"supplier_model": "nissan-glove-box"}, "is none that the shop asks for"),
        ({"supplier_model": "ford-m-series"}, "does not make of the example what"),
    ],
)
def test_a_radio_that_the_supplier_cannot_be_asked_for(values: dict[str, Any], words: str) -> None:
    make_supplied_radio(**values)
    assert words in str(messages_of()[0].msg)


def test_nothing_is_asked_of_the_database_unless_it_may_be() -> None:
    make_radio(pattern="(")
    assert not [each for each in run_checks() if each.id == "orders.W001"]
    assert Radio.objects.exists()


def test_nothing_is_read_before_the_tables_fit_the_models() -> None:
    """`migrate` runs the checks first, on the tables of the version before."""
    make_radio(pattern="(")
    MigrationRecorder.Migration.objects.filter(app="orders").latest("pk").delete()
    assert messages_of() == []
