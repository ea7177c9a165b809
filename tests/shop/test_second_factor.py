"""A number from the phone besides the password: set up, asked for, lost, replaced."""

import itertools
import re
from io import StringIO
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from orders.lib import crypto
from shop.models import Phone
from shop.sign_in.second_factor import MAX_WRONG

pytestmark = pytest.mark.django_db

PASSWORD = "of-the-tests-and-long"
SET_UP, STEP = "/admin/second-factor/", "/admin/login/second-step/"
names = (f"berta{number}" for number in itertools.count(1))


@pytest.fixture(autouse=True)
def required(settings: Any) -> None:
    settings.REQUIRE_SECOND_FACTOR = True


@pytest.fixture
def berta() -> User:
    return get_user_model().objects.create_superuser(next(names), "berta@example.com", PASSWORD)


def knock(user: User, path: str = "/admin/login/") -> Client:
    """With the right password."""
    client = Client()
    client.post(path, {"username": user.username, "password": PASSWORD})
    return client


def number(user: User, later: int = 0, **which: Any) -> str:
    """What the phone shows; `later` so many times 30 seconds from now, as each is good once."""
    phone = Phone.objects.get(user=user, **which)
    return f"{totp(phone.bin_key, drift=later):06}"


def set_up(user: User) -> tuple[Client, list[str]]:
    """Signed in, with a phone; and the recovery codes."""
    client = knock(user)
    client.get(SET_UP)
    page = client.post(SET_UP, {"code": number(user)}).content.decode()
    return client, re.findall(r"(?:[a-z2-7]{4}-){3}[a-z2-7]{4}", page)


def is_in(client: Client) -> bool:
    return client.get("/admin/orders/order/").status_code == 200


def test_a_password_alone_opens_nothing_but_the_set_up(berta: User) -> None:
    client = knock(berta)
    page = client.get(SET_UP).content.decode()
    assert "<svg" in page
    assert "style=" not in page.partition('class="qr-code"')[2].partition("</svg>")[0]
    assert not is_in(client)
    assert client.get("/admin/password_change/").status_code == 302


def test_the_secret_can_be_typed_instead(berta: User) -> None:
    page = knock(berta).get(SET_UP).content.decode()
    secret = re.search(r'<p class="number">([A-Z2-7 ]+)</p>', page)
    config = Phone.objects.get(user=berta).config_url
    assert secret and f"secret={secret[1].replace(' ', '')}" in config
    assert "issuer=Encore" in config


def test_setting_it_up_signs_in_and_shows_recovery_codes_once(berta: User) -> None:
    client, codes = set_up(berta)
    assert len(set(codes)) == 10
    assert is_in(client)
    assert codes[0] not in client.get(SET_UP).content.decode()
    assert not StaticToken.objects.filter(token__in=[c.replace("-", "") for c in codes]).exists()


def test_later_sign_ins_ask_for_the_number(berta: User) -> None:
    set_up(berta)
    client = knock(berta, "/admin/login/?next=/admin/orders/order/")
    assert not is_in(client)
    key = client.session.session_key
    answer = client.post(STEP, {"code": number(berta, later=1)})
    assert answer["Location"] == "/admin/orders/order/"
    assert is_in(client)
    assert client.session.session_key != key


def test_a_number_is_valid_once(berta: User) -> None:
    set_up(berta)
    shown = number(berta, later=1)
    first, second = knock(berta), knock(berta)
    for client in (first, second):
        client.post(STEP, {"code": shown})
    assert [is_in(first), is_in(second)] == [True, False]


def test_a_recovery_code_is_valid_once_and_leads_to_a_new_phone(berta: User) -> None:
    _, codes = set_up(berta)
    first, second = knock(berta), knock(berta)
    page = first.post(STEP, {"code": codes[3].upper()}, follow=True).content.decode()
    second.post(STEP, {"code": codes[3]})
    assert [is_in(first), is_in(second)] == [True, False]
    assert "You have 9 recovery codes left" in page


def test_the_key_of_a_phone_is_stored_encrypted(berta: User) -> None:
    set_up(berta)
    assert TOTPDevice.objects.get().key.startswith(crypto.newest_encryption())


def test_a_phone_whose_key_is_not_encrypted_yet_works_and_rotation_encrypts_it(
    berta: User,
) -> None:
    """0.9.0 stored keys as django-otp does."""
    set_up(berta)
    TOTPDevice.objects.update(key=Phone.objects.get().bin_key.hex())
    client = knock(berta)
    client.post(STEP, {"code": number(berta, later=1)})
    assert is_in(client)
    before = Phone.objects.get().bin_key
    call_command("rotate_keys", stdout=StringIO())
    assert TOTPDevice.objects.get().key.startswith(crypto.newest_encryption())
    assert Phone.objects.get().bin_key == before


def test_numbers_are_not_guessed(berta: User, settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 2
    set_up(berta)
    client = knock(berta)
    tries = [client.post(STEP, {"code": "123456"}).status_code for _ in range(3)]
    assert tries == [200, 429, 429]
    assert "123456" not in str(AccessAttempt.objects.values().get())


def test_wrong_passwords_and_wrong_numbers_count_together(berta: User, settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 2
    set_up(berta)
    client = knock(berta)
    Client().post("/admin/login/", {"username": berta.username, "password": "wrong"})
    assert client.post(STEP, {"code": "123456"}).status_code == 429
    right = {"username": berta.username, "password": PASSWORD}
    assert Client().post("/admin/login/", right).status_code == 429


def test_guessing_locks_the_owner_out_for_minutes_at_most(berta: User) -> None:
    _, codes = set_up(berta)
    TOTPDevice.objects.update(throttling_failure_count=200)
    client = knock(berta)
    client.post(STEP, {"code": "123456"})
    assert TOTPDevice.objects.get().throttling_failure_count == MAX_WRONG + 1
    client.post(STEP, {"code": codes[0]})  # and the paper has a wait of its own
    assert is_in(client)


def test_a_new_password_ends_the_second_step(berta: User) -> None:
    set_up(berta)
    client = knock(berta)
    assert client.get(STEP).status_code == 200
    berta.set_password("another-one-and-long")
    berta.save()
    assert client.get(STEP)["Location"] == "/admin/login/"


def test_another_phone_replaces_the_former(berta: User) -> None:
    client, codes = set_up(berta)
    other = knock(berta)
    other.post(STEP, {"code": codes[0]})
    assert client.post(SET_UP, {"code": codes[1], "replace": ""})["Location"] == SET_UP
    old = number(berta, later=1, confirmed=True)
    client.get(SET_UP)
    assert client.post(SET_UP, {"code": number(berta, confirmed=False)}).status_code == 200
    assert TOTPDevice.objects.filter(user=berta).count() == 1
    assert [is_in(client), is_in(other)] == [True, False]  # other browsers are signed out
    late = knock(berta)
    late.post(STEP, {"code": old})
    assert not is_in(late)


def test_new_recovery_codes_replace_the_former(berta: User) -> None:
    client, codes = set_up(berta)
    page = client.post(SET_UP, {"code": codes[0], "codes": ""}).content.decode()
    assert page.count('<li class="number">') == 10
    late = knock(berta)
    late.post(STEP, {"code": codes[1]})
    assert not is_in(late)


def test_a_reset_ends_sessions_and_leads_to_the_set_up(berta: User) -> None:
    client, _ = set_up(berta)
    call_command("reset_second_factor", berta.username, verbosity=0)
    assert not is_in(client)
    assert not Session.objects.filter(session_key=client.session.session_key).exists()
    assert knock(berta).get(STEP).status_code == 302
    assert "qr-code" in knock(berta).get(SET_UP).content.decode()


def test_where_it_is_not_required_it_is_offered_and_takes_the_password(
    berta: User, settings: Any
) -> None:
    settings.REQUIRE_SECOND_FACTOR = False
    client = knock(berta)
    assert f'href="{SET_UP}"' in client.get("/admin/").content.decode()
    client.get(SET_UP)
    sent = {"code": number(berta), "password": "wrong"}
    assert "This is not your password" in client.post(SET_UP, sent).content.decode()
    assert not TOTPDevice.objects.filter(confirmed=True).exists()
    client.post(SET_UP, sent | {"password": PASSWORD})
    assert not is_in(knock(berta))


def test_once_it_is_required_sessions_without_it_end(berta: User, settings: Any) -> None:
    settings.REQUIRE_SECOND_FACTOR = False
    client = knock(berta)
    assert is_in(client)
    settings.REQUIRE_SECOND_FACTOR = True
    assert not is_in(client)


def test_the_admin_shows_no_keys_and_recovery_codes(berta: User) -> None:
    client, _ = set_up(berta)
    page = client.get("/admin/").content.decode()
    assert "otp_totp" not in page
    assert client.get("/admin/otp_totp/totpdevice/").status_code == 404
