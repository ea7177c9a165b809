import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import CheckMessage, registry, run_checks
from django.test import override_settings

from shop.checks.business import legal_texts_checked
from shop.checks.site import check_files

FERNET_KEY = "dGhlIGtleSBvZiB0aGUgdGVzdHMsIDMyIGJ5dGVzISE="
PUBLIC_KEY = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
SECRET_KEY = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
GOOD: dict[str, Any] = {
    "SITE_URL": "https://shop.example",
    "ALLOWED_HOSTS": ["shop.example"],
    "REQUIRE_SECOND_FACTOR": True,
}
LIVE: dict[str, Any] = {"STRIPE_SECRET_KEY": "sk_live_x", "STRIPE_LIVE": True}
SUPPLIED: dict[str, Any] = {"PELOCK_API_KEY": "ABCD-ABCD-ABCD-ABCD"}
POSTED: dict[str, Any] = {
    "EMAIL_URL": "",
    "EMAIL_PROVIDER": "postmark",
    "ANYMAIL": {"POSTMARK_SERVER_TOKEN": "x"},
    "MAIL_WEBHOOK_SECRETS": ["mails:0123456789abcdef"],
}
WRONG: list[tuple[str, dict[str, Any]]] = [
    ("shop.E001", {"SECRET_KEY": ""}),
    ("shop.E001", {"SECRET_KEY": "short"}),
    ("shop.E002", {"ALLOWED_HOSTS": []}),
    ("shop.E003", {"SITE_URL": ""}),
    ("shop.E003", {"SITE_URL": "shop.example"}),
    ("shop.E003", {"SITE_URL": "ftp://shop.example"}),
    ("shop.E003", {"SITE_URL": "https://[shop"}),
    ("shop.E004", {"SITE_URL": "http://shop.example"}),
    ("shop.E005", {"ADMIN_PATH": ""}),
    ("shop.E005", {"ADMIN_PATH": "ad min"}),
    ("shop.E005", {"ADMIN_PATH": "healthz"}),
    ("shop.E005", {"ADMIN_PATH": "order"}),
    ("shop.E005", {"ADMIN_PATH": "orders/staff"}),
    ("shop.E005", {"ADMIN_PATH": "static"}),
    ("shop.W006", {"REQUIRE_SECOND_FACTOR": False}),
    ("shop.E010", {"STRIPE_SECRET_KEY": ""}),
    ("shop.E010", {"STRIPE_SECRET_KEY": "pk_test_published"}),
    ("shop.E011", {"STRIPE_SECRET_KEY": "sk_live_x"}),
    ("shop.E011", {"STRIPE_SECRET_KEY": "rk_test_x", "STRIPE_LIVE": True}),
    ("shop.E012", LIVE | {"DEMO": True}),
    ("shop.E013", {"STRIPE_WEBHOOK_SECRETS": []}),
    ("shop.E013", {"STRIPE_WEBHOOK_SECRETS": ["whsec_new", "old"]}),
    ("shop.E014", {"STRIPE_API_BASE": "api.stripe.com"}),
    ("shop.E014", {"STRIPE_API_BASE": "http://localhost:8420/?key=x"}),
    ("shop.E015", LIVE | {"STRIPE_API_BASE": "http://stripe.example"}),
    ("shop.E020", {"CODE_KEYS": []}),
    ("shop.E021", {"CODE_KEYS": ["no key"]}),
    ("shop.E021", {"CODE_KEYS": [FERNET_KEY, "bm90IDMyIGJ5dGVz"]}),
    ("shop.E022", {"HASH_KEYS": []}),
    ("shop.E022", {"HASH_KEYS": ["a" * 40, ""]}),
    ("shop.E023", {"HASH_KEYS": ["short"]}),
    ("shop.E030", {"EMAIL_URL": ""}),
    ("shop.E032", POSTED | {"EMAIL_URL": "smtp://localhost:25"}),
    ("shop.E033", POSTED | {"EMAIL_PROVIDER": "pigeon"}),
    ("shop.E033", POSTED | {"EMAIL_PROVIDER": "console"}),
    ("shop.E034", POSTED | {"ANYMAIL": {}}),
    ("shop.E034", POSTED | {"EMAIL_PROVIDER": "mailgun"}),
    ("shop.E034", POSTED | {"EMAIL_PROVIDER": "amazon_ses"}),
    ("shop.E035", POSTED | {"MAIL_WEBHOOK_SECRETS": []}),
    ("shop.E035", POSTED | {"MAIL_WEBHOOK_SECRETS": ["mails:short"]}),
    ("shop.E035", POSTED | {"MAIL_WEBHOOK_SECRETS": ["0123456789abcdef"]}),
    ("shop.E031", {"DEFAULT_FROM_EMAIL": ""}),
    ("shop.E031", {"STAFF_EMAIL": "desk"}),
    ("shop.E031", {"STAFF_EMAIL": "desk@shop.example.com\u200e"}),
    ("shop.E031", {"DEFAULT_FROM_EMAIL": "Shop <he\u00adlp@shop.example.com>"}),
    ("shop.E040", {"CURRENCY": "euro"}),
    ("shop.E041", {"VAT_RATE": -1.0}),
    ("shop.E041", {"VAT_RATE": 190.0}),
    ("shop.E060", {"ORDERS_PER_ADDRESS_HOUR": 0}),
    ("shop.E060", {"VELOCITY_SERIALS": -1}),
    ("shop.E063", {"REQUESTS_PER_MINUTE": settings.REQUESTS_PER_MINUTE | {"mails": 5}}),
    ("shop.E063", {"REQUESTS_PER_MINUTE": settings.REQUESTS_PER_MINUTE | {"forms": 0}}),
    ("shop.E062", {"TRUSTED_PROXIES": -1}),
    ("shop.E042", {"SELLER": settings.SELLER | {"name": ""}}),
    ("shop.E042", {"SELLER": settings.SELLER | {"vat_number": ""}}),
    ("shop.E042", {"SELLER": settings.SELLER | {"email": "help"}}),
    ("shop.E042", {"SELLER": settings.SELLER | {"email": "hälp@shop.example.com"}}),
    ("shop.E042", {"SELLER": settings.SELLER | {"email": "help@shop.example.com\u00ad"}}),
    ("shop.E043", {"PAYMENT_METHODS": ["card", "cheque"]}),
    ("shop.E044", {"PAYMENT_METHODS": ["paypal"]}),
    ("shop.E045", {"PAYMENT_METHODS": ["card", "card"]}),
    ("shop.E046", {"SECURITY_CONTACT": ["security@example.com", "http://example.com"]}),
    ("shop.E047", {"SELLER": settings.SELLER | {"name": "株式会社"}}),
    ("shop.E047", {"SHOP_NAME": "Radio \N{RADIO}"}),
    ("shop.E050", {"DESK_HOURS": 0}),
    ("shop.E056", {"DESK_OPEN": ["9 to 5"]}),
    ("shop.E056", {"DESK_HOLIDAYS": ["25.12.2026"]}),
    ("shop.W057", {"DESK_HOURS": 30, "DESK_OPEN": ["Mon-Fri 09:00-18:00"]}),
    ("shop.E051", {"SWEEP_EVERY": timedelta(0)}),
    ("shop.E059", {"HOLD_MARGIN": timedelta(days=6)}),
    ("shop.E054", {"CLAIM_LASTS": timedelta(seconds=90)}),
    ("shop.E090", {"LOG_FORMAT": "xml"}),
    ("shop.E091", {"METRICS_NETWORKS": ["10.0.0.0/8", "here"]}),
    ("shop.E092", {"SENTRY_DSN": "sentry.example"}),
    ("shop.E092", {"SENTRY_DSN": "https://sentry.example/4"}),
    ("shop.W054", {"CLAIM_LASTS": timedelta(seconds=90), "DEMO": True}),
    ("shop.E070", SUPPLIED | {"PELOCK_API_URL": "pelock.example"}),
    ("shop.E071", SUPPLIED | {"PELOCK_API_URL": "http://pelock.example/v1"}),
    ("shop.E072", {"PELOCK_API_KEY": "AB CD"}),
    ("shop.E073", {"SUPPLIER_LASTS": timedelta(seconds=31)}),
    ("shop.E080", {"BACKUP_RECIPIENTS": ["short"]}),
    ("shop.E080", {"BACKUP_RECIPIENTS": [PUBLIC_KEY, ""]}),
    ("shop.E080", {"BACKUP_RECIPIENTS": [SECRET_KEY]}),
    ("shop.W080", {"BACKUP_DIR": "/var/backups/encore"}),
    ("shop.E081", {"UPLOADS_KEPT_DAYS": 0}),
    ("shop.E081", {"RECEIPTS_KEPT_YEARS": 0}),
    ("shop.E082", {"ORDERS_KEPT_DAYS": 179}),
    ("shop.W084", {"PROOF_KEPT_DAYS": 119}),
]
DEPLOYED = {"shop.E007", "shop.E048"}  # of check --deploy alone
RIGHT: list[dict[str, Any]] = [
    {},
    {"SITE_URL": "http://localhost:8000", "DEMO": True},
    {"SITE_URL": "http://localhost:8000", "DEBUG": True, "ALLOWED_HOSTS": []},
    {
        "STRIPE_SECRET_KEY": "rk_live_x",
        "STRIPE_LIVE": True,
        "STRIPE_API_BASE": "https://stripe.example",
    },
    {"HASH_KEYS": ["short"], "DEMO": True},
    POSTED,
    POSTED | {"MAIL_WEBHOOK_SECRETS": ["mails:0123456789abcdef", "mails:fedcba9876543210"]},
    {"SELLER": settings.SELLER | {"vat_number": ""}, "VAT_RATE": 0.0},
    {"SELLER": settings.SELLER | {"name": "Mu\N{COMBINING DIAERESIS}ller\tΑθήνα Київ"}},
    {"ADMIN_PATH": "back-office/door"},
    SUPPLIED,
    SUPPLIED | {"PELOCK_API_URL": "http://localhost:8430/v1", "DEMO": True},
    {"CODE_KEYS": [FERNET_KEY, FERNET_KEY]},
]


SHOP = [check for check in registry.registry.get_checks() if check.__module__.startswith("shop.")]


def messages(**wrong: Any) -> list[CheckMessage]:
    with override_settings(**GOOD | {"STRIPE_API_BASE": "https://api.stripe.com"} | wrong):
        return [message for check in SHOP for message in check(app_configs=None)]


def test_it_reports_what_is_wrong_and_nothing_else() -> None:
    found = [(expected, [m.id for m in messages(**wrong)], wrong) for expected, wrong in WRONG]
    assert [case for case in found if case[1] != [case[0]]] == []


def test_it_allows_what_is_right() -> None:
    found = [(messages(**right), right) for right in RIGHT]
    assert [case for case in found if case[0]] == []


def test_every_message_has_a_hint() -> None:
    assert [m for _, wrong in WRONG for m in messages(**wrong) if not m.hint] == []


def test_django_runs_these_checks() -> None:
    with override_settings(**GOOD | {"SITE_URL": ""}):
        assert "shop.E003" in [message.id for message in run_checks()]


def test_it_names_the_key_that_a_mail_provider_lacks() -> None:
    (message,) = messages(**POSTED | {"ANYMAIL": {}})
    assert "ANYMAIL_POSTMARK_SERVER_TOKEN" in message.msg


@pytest.mark.parametrize(("demo", "expected"), [(False, ["shop.E007"]), (True, [])])
def test_a_switch_refuses_a_folder_into_which_nothing_was_collected(
    demo: bool, expected: list[str], tmp_path: Path
) -> None:
    with override_settings(**GOOD, STATIC_ROOT=str(tmp_path), DEMO=demo):
        assert [message.id for message in check_files()] == expected
        (tmp_path / "staticfiles.json").touch()
        assert check_files() == []
    assert check_files in registry.registry.get_checks(include_deployment_checks=True)


@pytest.mark.parametrize("day", ["", "29.11.2026", "yesterday", "9999-12-31"])
def test_a_switch_asks_when_a_lawyer_checked_the_legal_texts(day: str, settings: Any) -> None:
    settings.LEGAL_TEXTS_CHECKED_ON = day
    assert [message.id for message in legal_texts_checked()] == ["shop.E048"]
    settings.LEGAL_TEXTS_CHECKED_ON = "2026-11-29"
    assert legal_texts_checked() == []
    assert legal_texts_checked in registry.registry.get_checks(include_deployment_checks=True)


def test_it_names_retired_settings_that_are_still_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIM_LIMIT", "5")
    monkeypatch.setenv("MAIL_LASTS_FILE", "/run/secrets/mail")
    with override_settings(**GOOD):
        (message,) = [each for each in run_checks() if each.id == "shop.W095"]
    assert message.msg == "Retired settings are still set: CLAIM_LIMIT, MAIL_LASTS."


def test_every_id_has_one_file() -> None:
    files = (settings.BASE_DIR / "shop/checks").glob("*.py")
    ids = [id for file in files for id in set(re.findall(r"shop\.[EW]\d+", file.read_text()))]
    assert len(ids) == len(set(ids))


def test_every_id_is_tried() -> None:
    files = (settings.BASE_DIR / "shop/checks").glob("*.py")
    source = "".join(file.read_text() for file in files)
    assert set(re.findall(r"shop\.E\d+", source)) <= {expected for expected, _ in WRONG} | DEPLOYED
