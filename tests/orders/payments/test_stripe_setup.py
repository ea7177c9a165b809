"""`manage.py stripe_setup`: the webhook endpoint at Stripe is as the shop needs it."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from orders.payments.events import SUBSCRIBED
from sandbox.stripe import StripeStandIn
from tests.steps.stripe import Stripe

URL = "https://shop.example/stripe/webhook/"
OLD = "2020-08-27"


@pytest.fixture(autouse=True)
def real_shop(settings: Any) -> None:
    settings.SITE_URL = "https://shop.example"


def endpoints(stripe: StripeStandIn) -> list[Any]:
    return stripe.books().get("webhook_endpoint", [])


def run(capsys: Any, *arguments: str) -> str:
    call_command("stripe_setup", *arguments)
    return str(capsys.readouterr().out)


def change(stripe: StripeStandIn, **fields: Any) -> None:
    stripe.change("webhook_endpoint", endpoints(stripe)[0]["id"], fields)


def test_it_creates_the_endpoint_and_tells_its_secret_once(
    stripe: Stripe, capsys: Any, settings: Any
) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = []  # not known yet
    said = run(capsys)
    (endpoint,) = endpoints(stripe)
    assert endpoint["url"] == URL
    assert set(endpoint["enabled_events"]) == SUBSCRIBED
    assert endpoint["api_version"] == settings.STRIPE_API_VERSION
    assert "STRIPE_WEBHOOK_SECRET=whsec_" in said


def test_run_again_it_changes_nothing(stripe: Stripe, capsys: Any) -> None:
    run(capsys)
    before = endpoints(stripe)
    assert "whsec_" not in run(capsys)
    assert endpoints(stripe) == before
    run(capsys, "--check")


@pytest.mark.parametrize(
    "wrong",
    [
        {"enabled_events": ["refund.created"]},
        {"enabled_events": [*sorted(SUBSCRIBED), "customer.created"]},
        {"status": "disabled"},
    ],
)
def test_a_wrong_endpoint_is_told_by_check_and_put_right_without(
    stripe: Stripe, capsys: Any, wrong: dict[str, Any]
) -> None:
    run(capsys)
    change(stripe, **wrong)
    with pytest.raises(CommandError):
        run(capsys, "--check")
    assert all(endpoints(stripe)[0][name] == value for name, value in wrong.items())
    run(capsys)
    assert set(endpoints(stripe)[0]["enabled_events"]) == SUBSCRIBED
    assert endpoints(stripe)[0]["status"] == "enabled"


def test_check_without_an_endpoint_creates_none(stripe: Stripe, capsys: Any) -> None:
    with pytest.raises(CommandError):
        run(capsys, "--check")
    assert "no endpoint of API version" in capsys.readouterr().out
    assert endpoints(stripe) == []


def test_another_api_version_is_replaced_in_two_steps(stripe: Stripe, capsys: Any) -> None:
    run(capsys)
    change(stripe, api_version=OLD)
    assert "STRIPE_WEBHOOK_SECRET=whsec_" in run(capsys)
    assert [each["status"] for each in endpoints(stripe)] == ["enabled", "enabled"]
    run(capsys)
    assert [each["status"] for each in endpoints(stripe)] == ["disabled", "enabled"]
    run(capsys, "--check")


def test_another_shops_endpoint_is_left_alone(stripe: Stripe, capsys: Any, settings: Any) -> None:
    settings.SITE_URL = "https://other.example"
    run(capsys)
    settings.SITE_URL = "https://shop.example"
    run(capsys)
    assert len(endpoints(stripe)) == 2
    assert {each["status"] for each in endpoints(stripe)} == {"enabled"}


def test_a_key_of_the_other_mode_changes_nothing(
    stripe: Stripe, capsys: Any, settings: Any
) -> None:
    settings.STRIPE_SECRET_KEY = "sk_live_tests"
    with pytest.raises(CommandError, match="shop.E011"):
        run(capsys)
    assert endpoints(stripe) == []


def test_what_is_missing_is_said_with_what_to_do(
    stripe: Stripe, capsys: Any, settings: Any
) -> None:
    settings.SELLER = settings.SELLER | {"name": ""}
    hint = "shop.E042: SELLER_NAME is missing. The law wants it on the receipt"
    with pytest.raises(CommandError, match=hint):
        run(capsys)
    assert endpoints(stripe) == []


def test_a_key_without_the_right_is_said(stripe: Stripe, capsys: Any, settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = "rk_test_another"
    with pytest.raises(CommandError, match="right to write webhook endpoints"):
        run(capsys)
