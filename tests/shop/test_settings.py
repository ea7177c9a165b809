import re
import runpy
from typing import Any

import pytest
from django.conf import settings

from sandbox.demo.addresses import read_settings
from tests.steps.settings_files import names_read
from tools.settings_doc import written

EXAMPLE = settings.BASE_DIR / ".env.example"
CHECKS = settings.BASE_DIR / "shop/checks"


def names_in(file: str) -> list[str]:
    return re.findall(r"^([A-Z_]+)=", (settings.BASE_DIR / file).read_text(), re.MULTILINE)


def test_the_example_lists_every_setting_once() -> None:
    assert sorted(names_in(".env.example")) == sorted(names_read())


def test_the_example_says_what_each_setting_is() -> None:
    lines = (settings.BASE_DIR / ".env.example").read_text().splitlines()
    for before, line in zip(lines, lines[1:], strict=False):
        assert not re.match(r"[A-Z_]+=", line) or before.startswith("# "), line


def test_files_of_settings_have_no_unknown_names() -> None:
    for file in ("sandbox/demo.env", "tests/production.env"):
        assert set(read_settings(settings.BASE_DIR / file)) <= names_read()


def test_the_defaults_in_the_example_are_the_ones_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in names_read():
        monkeypatch.delenv(name, raising=False)
    in_force = effective_settings()
    optional = EXAMPLE.read_text().split("# ----------")[2:]
    for name in re.findall(r"^([A-Z_]+)=", "".join(optional), re.MULTILINE):
        monkeypatch.setenv(name, read_settings(EXAMPLE)[name])
    assert effective_settings() == in_force


def effective_settings() -> dict[str, Any]:
    found = runpy.run_path(str(settings.BASE_DIR / "shop/settings.py"))
    return {name: value for name, value in found.items() if name.isupper() and name != "UNFOLD"}


def test_there_are_at_most_sixty_beside_the_times_that_tests_shorten() -> None:
    names, times = EXAMPLE.read_text().split(" times in seconds, which tests shorten\n")
    assert len(re.findall(r"^[A-Z_]+=", names, re.MULTILINE)) <= 60
    for name in re.findall(r"^([A-Z_]+)=", times, re.MULTILINE):
        assert hasattr(getattr(settings, name), "total_seconds"), name


def test_no_setting_is_called_needed_that_no_check_asks_for() -> None:
    """Or that nothing starts without: the addresses of database and broker have defaults."""
    needed = EXAMPLE.read_text().split("# ----------")[1]
    checks = "".join(each.read_text() for each in CHECKS.glob("*.py"))
    for name in re.findall(r"^([A-Z_]+)=", needed, re.MULTILINE):
        asked = name.removeprefix("SELLER_").lower() if name.startswith("SELLER_") else name
        assert asked in checks or name in ("DATABASE_URL", "REDIS_URL"), name


def test_the_example_names_each_form_of_the_mail_servers_address() -> None:
    [said] = re.findall(r"^# (.*)\nEMAIL_URL=", EXAMPLE.read_text(), re.MULTILINE)
    for scheme in ("smtp+tls://", "smtp+ssl://", "smtp://"):
        assert scheme in said


def test_the_page_of_settings_is_current() -> None:
    page = (settings.BASE_DIR / "docs/settings.md").read_text()
    assert page == written(), "make settings-doc"


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_pinned_requirements_have_hashes_and_name_no_address(file: str) -> None:
    text = (settings.BASE_DIR / file).read_text()
    package = r"[\w.-]+(\[[\w,]+\])?==[\w.+!]+( \\\n    --hash=sha256:[0-9a-f]{64})+\n"
    assert re.fullmatch(rf"#.*\n({package})+", text)


def test_nothing_is_installed_without_its_hash() -> None:
    for file in (".ci/venv", "deploy/release", "Dockerfile"):
        commands = re.findall(r"pip install (?:.*\\\n)*.*", (settings.BASE_DIR / file).read_text())
        assert commands
        assert all("--require-hashes --requirement" in command for command in commands)
