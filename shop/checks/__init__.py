"""Reports what is wrong or missing in the settings, before a customer finds it.

`manage.py check` runs these; web, worker and beat run them before they start (`shop/start.py`).
Every message has an id to look up and a hint that says what to do. One file a part of the settings.
"""

from shop.checks import (  # noqa: F401
    business,
    database,
    keeping,
    keys,
    limits,
    mail,
    retired,
    site,
    stripe,
    supplier,
    times,
    watching,
)
