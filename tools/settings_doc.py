"""Writes docs/settings.md from .env.example: `make settings-doc`. A test compares the two."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SETTING = re.compile(r"((?:# .*\n)+)([A-Z_]+)=(.*)\n")
INTRODUCTION = """# Settings

Made from [.env.example](../.env.example) by `make settings-doc`: edit that file. All settings come
from the environment, or each from a file instead: `SECRET_KEY_FILE=/run/secrets/secret_key`.
`manage.py check` reports what is wrong, missing or retired; web, worker and beat do not start with
an error.
"""


def written() -> str:
    parts = re.split(r"# -{10,} (.+)\n", (ROOT / ".env.example").read_text())
    return INTRODUCTION + "".join(map(section, parts[1::2], parts[2::2]))


def section(title: str, text: str) -> str:
    value = "Example" if title == "needed" else "Default"
    head = f"\n## {title.capitalize()}\n\n| Setting | {value} | What it is |\n|---|---|---|\n"
    return head + "".join(map(row, SETTING.findall(text)))


def row(found: tuple[str, str, str]) -> str:
    comment, name, value = found
    what = " ".join(line.removeprefix("# ") for line in comment.splitlines())
    return f"| `{name}` | {f'`{value}`' if value else ''} | {what} |\n"


if __name__ == "__main__":
    (ROOT / "docs/settings.md").write_text(written())
