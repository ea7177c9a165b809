import re

from django.conf import settings

from sandbox.demo.addresses import read_settings
from tests.steps.settings_files import names_read


def names_in(file: str) -> list[str]:
    return re.findall(r"^([A-Z_]+)=", (settings.BASE_DIR / file).read_text(), re.MULTILINE)


def test_the_example_lists_every_setting_once() -> None:
    assert sorted(names_in(".env.example")) == sorted(names_read())


def test_the_example_says_what_each_setting_is() -> None:
    lines = (settings.BASE_DIR / ".env.example").read_text().splitlines()
    for before, line in zip(lines, lines[1:], strict=False):
        assert not re.match(r"[A-Z_]+=", line) or before.startswith("# "), line


def test_no_file_of_settings_has_one_that_nobody_reads() -> None:
    for file in ("sandbox/demo.env", "tests/production.env"):
        assert set(read_settings(settings.BASE_DIR / file)) <= names_read()


def test_the_usual_values_in_the_example_are_the_ones_in_force() -> None:
    lasts = re.findall(
        r'seconds\("(\w+)", (.+?)\)', (settings.BASE_DIR / "shop/settings.py").read_text()
    )
    example = (settings.BASE_DIR / ".env.example").read_text()
    for name, usual in lasts:
        seconds = getattr(settings, name).total_seconds()
        assert f"\n{name}={seconds:.0f}\n" in example, (name, usual)


def test_pinned_requirements_name_no_address() -> None:
    for file in ("requirements.txt", "requirements-dev.txt"):
        for line in (settings.BASE_DIR / file).read_text().splitlines():
            assert line.startswith("#") or re.fullmatch(r"[\w.-]+(\[[\w,]+\])?==[\w.+!]+", line)
