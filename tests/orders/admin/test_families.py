"""The owner's page of computed codes: off, trial, release."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from orders.models import CodeFamily, Comparison
from tests.steps.factories import make_staff
from tests.steps.families import MICRA, make_comparison, make_family, make_proof

pytestmark = pytest.mark.django_db

URL = "/admin/orders/codefamily/"


def sign_in(client: Client, *permissions: str) -> User:
    user = make_staff("olga", "view_codefamily", "view_comparison", *permissions)
    client.force_login(user)
    return user


def state(name: str = "nissan_bp") -> str:
    return CodeFamily.objects.get(pk=name).state


def test_the_list_shows_all_families_and_their_states(client: Client) -> None:
    sign_in(client)
    page = client.get(URL).content.decode()
    for name in ("ford_m", "renault_precode", "nissan_bp"):
        assert name in page
    assert [state(name) for name in ("ford_m", "nissan_bp")] == ["released", "off"]


def test_a_trial_is_started_and_ended(client: Client) -> None:
    owner = sign_in(client, "change_codefamily")
    client.get(URL)
    for wanted in ("trial", "off"):
        client.post(f"{URL}nissan_bp/state/", {"state": wanted})
        assert state() == wanted
    assert CodeFamily.objects.get(pk="nissan_bp").changed_by == owner


def test_no_button_but_release_releases(client: Client) -> None:
    sign_in(client, "change_codefamily", "release_codefamily")
    make_family()
    client.post(f"{URL}nissan_bp/state/", {"state": "released"})
    client.post(f"{URL}nissan_bp/release/")
    assert state() == "trial"


def test_a_proven_family_is_released(client: Client) -> None:
    sign_in(client, "release_codefamily")
    make_proof(make_family(), 30)
    assert "Release</button>" in client.get(f"{URL}nissan_bp/change/").content.decode()
    client.post(f"{URL}nissan_bp/release/")
    assert state() == "released"


@pytest.mark.parametrize("below", ["state/", "release/"])
def test_each_button_has_a_permission_of_its_own(client: Client, below: str) -> None:
    sign_in(client, "release_codefamily" if below == "state/" else "change_codefamily")
    make_proof(make_family(), 30)
    assert client.post(f"{URL}nissan_bp/{below}", {"state": "off"}).status_code == 403
    assert client.get(f"{URL}nissan_bp/{below}").status_code in (403, 405)
    assert state() == "trial"


def test_a_wrong_row_is_deleted_and_counts_no_more(client: Client) -> None:
    sign_in(client, "delete_comparison")
    row = make_comparison(make_family(), MICRA, is_equal=False)
    page = client.get(f"/admin/orders/comparison/{row.pk}/change/").content.decode()
    assert MICRA[:4] in page
    client.post(f"/admin/orders/comparison/{row.pk}/delete/", {"post": "yes"})
    assert not Comparison.objects.exists()
