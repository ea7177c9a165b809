"""The shop's settings with a bare view in place of its pages; BARE=alone: and no middleware."""

import os

from shop.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.bare_urls"
if os.environ["BARE"] == "alone":
    MIDDLEWARE = []
    SILENCED_SYSTEM_CHECKS = ["admin.E408", "admin.E409", "admin.E410"]  # the admin misses some
