"""Which settings the shop reads."""

import re

from django.conf import settings

READ = re.compile(r'(?:env\.\w+|seconds)\(\s*"([A-Z_]+)"')


def names_read() -> set[str]:
    return set(READ.findall((settings.BASE_DIR / "shop/settings.py").read_text()))
