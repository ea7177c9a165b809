"""Staff sign-in: guessing is limited, no account is locked for long, idle sessions end."""

import itertools
import time
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db.models import F
from django.test import Client
from django.utils import timezone

from orders.models import Alert
from orders.privacy.retention import apply_retention
from shop import settings as shop_settings
from tests.steps.factories import make_staff

pytestmark = pytest.mark.django_db

LOGIN = "/admin/login/?next=/admin/orders/order/"
PASSWORD = "of-the-tests-and-long"
names = (f"anna{number}" for number in itertools.count(1))


@pytest.fixture(autouse=True)
def few(settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 2


@pytest.fixture
def anna() -> User:
    """A name and, below, client networks without tries: tries outlive a test."""
    return get_user_model().objects.create_superuser(next(names), "anna@example.com", PASSWORD)


places = (f"192.0.2.{number}" for number in itertools.count(1))


@pytest.fixture
def place() -> str:
    return next(places)


def knock(user: User | str, place: str, password: str = PASSWORD) -> Any:
    name = user if isinstance(user, str) else user.username
    browser = Client(REMOTE_ADDR=place)
    return browser.post(LOGIN, {"username": name, "password": password})


def test_the_right_password_leads_to_the_page_that_was_asked_for(anna: User, place: str) -> None:
    answer = knock(anna, place)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/orders/order/")


def test_the_sign_in_never_redirects_to_another_site(anna: User, place: str) -> None:
    answer = Client(REMOTE_ADDR=place).post(
        "/admin/login/", {"username": anna.username, "password": PASSWORD, "next": "//evil.example"}
    )
    assert answer["Location"] == "/admin/"


def test_a_locked_name_refuses_the_right_password_too(anna: User, place: str) -> None:
    assert [knock(anna, place, "wrong").status_code for _ in range(2)] == [200, 429]
    answer = knock(anna, place)
    assert answer.status_code == 429
    assert 890 < int(answer["Retry-After"]) <= 900
    assert "Try again in 15 minutes." in answer.content.decode()


def test_tries_while_it_is_locked_do_not_lengthen_the_lock(anna: User, place: str) -> None:
    for _ in range(2):
        knock(anna, place, "wrong")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=14, seconds=50))
    assert knock(anna, place, "wrong").status_code == 429
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(seconds=10))
    assert knock(anna, place).status_code == 302


def test_a_lock_holds_for_one_network_only(anna: User, place: str) -> None:
    for _ in range(3):
        knock(anna, place, "wrong")
    assert knock(anna, next(places)).status_code == 302


def test_an_ipv6_network_counts_as_one(anna: User) -> None:
    homes = ("2001:db8:0:1::1", "2001:db8:0:1::2", "2001:db8:0:2::1")
    assert [knock(anna, home, "wrong").status_code for home in homes] == [200, 429, 200]


def test_a_right_password_resets_the_count(anna: User, place: str) -> None:
    knock(anna, place, "wrong")
    assert [knock(anna, place).status_code for _ in range(4)] == [302] * 4
    assert not AccessAttempt.objects.exists()


def test_one_network_has_a_limit_for_all_names(place: str, settings: Any) -> None:
    settings.REQUESTS_PER_MINUTE = settings.REQUESTS_PER_MINUTE | {"sign_ins": 6}
    tries = [knock(f"nobody{number}", place).status_code for number in range(7)]
    assert tries == [200] * 6 + [429]


def test_a_forged_header_does_not_avoid_the_lock(anna: User, place: str, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    answers = [
        Client(headers={"X-Forwarded-For": f"203.0.113.{n}, {place}"}).post(
            LOGIN, {"username": anna.username.upper(), "password": "wrong"}
        )
        for n in range(3)
    ]
    assert [each.status_code for each in answers] == [200, 429, 429]


def test_staff_are_alerted_once_and_to_names_that_exist(anna: User, place: str) -> None:
    for name in (anna.username, "administrator"):
        for _ in range(4):
            knock(name, place, "wrong")
    alert = Alert.objects.get()
    assert (alert.kind, alert.key) == (Alert.Kind.SIGN_IN, f"sign-in:{anna.pk}")
    assert anna.username in alert.text


def test_tries_from_many_networks_raise_an_alert_and_lock_no_account(anna: User) -> None:
    for _ in range(7):
        knock(anna, next(places), "wrong")
    assert Alert.objects.get().kind == Alert.Kind.SIGN_IN
    assert knock(anna, next(places)).status_code == 302


def test_a_command_unlocks(anna: User, place: str) -> None:
    for _ in range(3):
        knock(anna, place, "wrong")
    call_command("axes_reset_username", anna.username, verbosity=0, stdout=StringIO())
    assert knock(anna, place).status_code == 302


def test_wrong_tries_are_counted_without_redis(anna: User, place: str, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert [knock(anna, place, "wrong").status_code for _ in range(3)] == [200, 429, 429]


def test_a_stored_attempt_has_no_password(anna: User, place: str) -> None:
    knock(anna, place, "nearly-right")
    kept = AccessAttempt.objects.values().get()
    assert (kept["username"], kept["ip_address"]) == (anna.username, place)
    assert "nearly-right" not in str(kept)


def test_attempts_are_deleted_after_a_day(anna: User, place: str) -> None:
    knock(anna, place, "wrong")
    knock(anna, next(places), "wrong")
    old = AccessAttempt.objects.filter(ip_address=place)
    old.update(attempt_time=timezone.now() - timedelta(days=1, minutes=1))
    assert apply_retention()["sign in attempts"] == 1
    assert AccessAttempt.objects.count() == 1


def test_only_superusers_see_the_attempts(anna: User) -> None:
    staff = make_staff("vera", "view_accessattempt")
    for user, status in ((anna, 200), (staff, 403)):
        client = Client()
        client.force_login(user)
        assert client.get("/admin/axes/accessattempt/").status_code == status


def test_the_log_has_each_sign_in_without_names_and_addresses(
    anna: User, place: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "shop")
    for password in ("wrong", PASSWORD, "wrong", "wrong", "wrong"):
        knock(anna, place, password)
    lines = [each for each in caplog.records if each.name == "shop.sign_in.attempts"]
    assert [(each.fields["factor"], each.fields["outcome"]) for each in lines] == [  # type: ignore[attr-defined]
        ("password", "wrong"), ("password", "signed in"), ("password", "wrong"),
        ("password", "locked"), ("password", "locked"),
    ]  # fmt: skip
    assert anna.username not in caplog.text
    assert place not in caplog.text


# ------------------------------------------------------------------ sessions
def test_signing_in_makes_a_new_session(anna: User, place: str) -> None:
    client = Client(REMOTE_ADDR=place)
    session = client.session
    session["planted"] = True
    session.save()
    planted = str(session.session_key)
    client.post(LOGIN, {"username": anna.username, "password": PASSWORD})
    assert client.session.session_key != planted
    assert not Session.objects.filter(pk=planted).exists()


def test_an_unused_session_ends(anna: User) -> None:
    client = Client()
    client.force_login(anna)
    assert client.get("/admin/").status_code == 200
    expires = Session.objects.get().expire_date
    assert timedelta(minutes=59) < expires - timezone.now() <= timedelta(hours=1)
    Session.objects.update(expire_date=expires - timedelta(hours=1))
    assert client.get("/admin/").status_code == 302


def test_a_session_in_use_is_kept_alive_and_polling_does_not_count(anna: User) -> None:
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
