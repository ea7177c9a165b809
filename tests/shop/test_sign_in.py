"""Staff at the admin's door: guessing is put off, nobody is locked out for good, the idle leave."""

import itertools
import time
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from orders.models import Alert
from shop import settings as shop_settings

pytestmark = pytest.mark.django_db

DOOR = "/admin/login/?next=/admin/orders/order/"
PASSWORD = "of-the-tests-and-long"
names = (f"anna{number}" for number in itertools.count(1))


@pytest.fixture(autouse=True)
def few(settings: Any) -> None:
    settings.SIGN_IN_TRIES, settings.SIGN_IN_TRIES_PER_ADDRESS = 2, 6


@pytest.fixture
def anna() -> User:
    """A name and, below, places that nobody tried yet: tries outlive a test."""
    return get_user_model().objects.create_superuser(next(names), "anna@example.com", PASSWORD)


places = (f"192.0.2.{number}" for number in itertools.count(1))


@pytest.fixture
def place() -> str:
    return next(places)


def knock(user: User | str, place: str, password: str = PASSWORD) -> Any:
    name = user if isinstance(user, str) else user.username
    door = Client(REMOTE_ADDR=place)
    return door.post(DOOR, {"username": name, "password": password})


def test_who_knows_the_password_comes_in_where_they_wanted_to(anna: User, place: str) -> None:
    answer = knock(anna, place)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/orders/order/")


def test_nobody_is_sent_to_another_site(anna: User, place: str) -> None:
    answer = Client(REMOTE_ADDR=place).post(
        "/admin/login/", {"username": anna.username, "password": PASSWORD, "next": "//evil.example"}
    )
    assert answer["Location"] == "/admin/"


def test_after_wrong_tries_even_the_right_password_waits(anna: User, place: str) -> None:
    assert [knock(anna, place, "wrong").status_code for _ in range(2)] == [200, 200]
    answer = knock(anna, place)
    assert answer.status_code == 429
    assert 440 < int(answer["Retry-After"]) <= 450  # two in a quarter of an hour
    assert "Try again in 8 minutes." in answer.content.decode()


def test_from_elsewhere_the_owner_comes_in_all_the_same(anna: User, place: str) -> None:
    for _ in range(3):
        knock(anna, place, "wrong")
    assert knock(anna, next(places)).status_code == 302


def test_right_ones_are_not_counted(anna: User, place: str) -> None:
    assert [knock(anna, place).status_code for _ in range(4)] == [302] * 4


def test_one_place_does_not_try_name_after_name(place: str) -> None:
    tries = [knock(f"nobody{number}", place).status_code for number in range(7)]
    assert tries == [200] * 6 + [429]


def test_a_forged_header_is_no_way_round(anna: User, place: str, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    answers = [
        Client(headers={"X-Forwarded-For": f"203.0.113.{n}, {place}"}).post(
            DOOR, {"username": anna.username.upper(), "password": "wrong"}
        )
        for n in range(3)
    ]
    assert [each.status_code for each in answers] == [200, 200, 429]


def test_staff_are_told_once_and_of_names_that_somebody_has(anna: User, place: str) -> None:
    for name in (anna.username, "administrator"):
        for _ in range(4):
            knock(name, place, "wrong")
    alert = Alert.objects.get()
    assert (alert.kind, alert.key) == (Alert.Kind.SIGN_IN, f"sign-in:{anna.pk}")
    assert anna.username in alert.text


def test_tries_from_many_places_are_told_of_and_lock_nobody_out(anna: User) -> None:
    for _ in range(7):
        knock(anna, next(places), "wrong")
    assert Alert.objects.get().kind == Alert.Kind.SIGN_IN
    assert knock(anna, next(places)).status_code == 302


def test_a_command_unlocks(anna: User, place: str) -> None:
    for _ in range(3):
        knock(anna, place, "wrong")
    call_command("unlock_sign_in", anna.username, verbosity=0)
    assert knock(anna, place).status_code == 302


def test_without_redis_each_process_counts(anna: User, place: str, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert [knock(anna, place, "wrong").status_code for _ in range(3)] == [200, 200, 429]
    with pytest.raises(CommandError, match="Restart"):
        call_command("unlock_sign_in", anna.username)


# ------------------------------------------------------------------ sessions
def test_signing_in_makes_a_new_session(anna: User, place: str) -> None:
    client = Client(REMOTE_ADDR=place)
    session = client.session
    session["planted"] = True
    session.save()
    planted = str(session.session_key)
    client.post(DOOR, {"username": anna.username, "password": PASSWORD})
    assert client.session.session_key != planted
    assert not Session.objects.filter(pk=planted).exists()


def test_a_session_ends_when_nobody_uses_it(anna: User) -> None:
    client = Client()
    client.force_login(anna)
    assert client.get("/admin/").status_code == 200
    expires = Session.objects.get().expire_date
    assert timedelta(minutes=59) < expires - timezone.now() <= timedelta(hours=1)
    Session.objects.update(expire_date=expires - timedelta(hours=1))
    assert client.get("/admin/").status_code == 302


def test_who_works_stays_and_a_page_left_open_does_not_count(anna: User) -> None:
    client = Client()
    client.force_login(anna)
    session = client.session
    session["seen"] = time.time() - 600
    session.save()
    early = Session.objects.get().expire_date - timedelta(minutes=10)
    Session.objects.update(expire_date=early)
    client.get("/admin/", headers={"HX-Request": "true"})
    assert Session.objects.get().expire_date == early
    client.get("/admin/")
    assert Session.objects.get().expire_date > early + timedelta(minutes=9)


def test_new_passwords_are_stored_by_argon2(settings: Any) -> None:
    settings.PASSWORD_HASHERS = shop_settings.PASSWORD_HASHERS  # other tests have a quick one
    user = get_user_model().objects.create_user("bert", password=PASSWORD)
    assert user.password.startswith("argon2$argon2id$")
    assert user.check_password(PASSWORD)
